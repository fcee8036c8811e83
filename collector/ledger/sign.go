package ledger

import (
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// signedHead begins each text but a checkpoint that the ledger's key signs, so
// that neither can be taken for the other: a checkpoint begins with the name of
// the log.
const signedHead = "assay signs "

// SignText signs lines of text about something, such as a manifest. It is a
// note of golang.org/x/mod/sumdb/note.
func (k *Key) SignText(about string, lines ...string) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: signedText(about, lines)}, k)
	if err != nil {
		return nil, fmt.Errorf("signing a %s: %w", about, err)
	}
	return b, nil
}

// OpenText checks the signature of SignText by a verifier key, and that the
// lines are those that were signed.
func OpenText(signed []byte, verifierKey, about string, lines ...string) error {
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return fmt.Errorf("reading the verifier key: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return fmt.Errorf("checking the signature of the %s: %w", about, err)
	}
	if n.Text != signedText(about, lines) {
		return fmt.Errorf("checking the signature of the %s: it is of another one", about)
	}
	return nil
}

func signedText(about string, lines []string) string {
	return signedHead + about + "\n" + strings.Join(lines, "\n") + "\n"
}

// SigningKey is the key in a data folder.
func SigningKey(data string) (*Key, error) { return readKey(keyFile(data)) }
