package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Files of the ledger's folder, beside the records.
const (
	Folder         = "ledger" // in the data folder
	keyName        = "ledger.key"
	checkpointName = "checkpoint"
)

// maxSmallFile bounds the key and the checkpoint, in bytes.
const maxSmallFile = 16 << 10

// Key signs checkpoints. The file that it lies in is the one secret of the
// ledger.
type Key struct {
	note.Signer
	Verifier string // the public half, name+hash+key, as golang.org/x/mod/sumdb/note has it
}

// loadKey reads the key in a folder, and makes one where there is none. made
// says so.
func loadKey(dir string) (k *Key, made bool, err error) {
	name := filepath.Join(dir, keyName)
	k, err = readKey(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	var id [4]byte
	rand.Read(id[:])
	secret, _, err := note.GenerateKey(rand.Reader, "assay/"+Cell+"/"+hex.EncodeToString(id[:]))
	if err != nil {
		return nil, false, fmt.Errorf("making the ledger's key: %w", err)
	}
	if err := replaceFile(name, []byte(secret+"\n")); err != nil {
		return nil, false, fmt.Errorf("keeping the ledger's key: %w", err)
	}
	k, err = readKey(name)
	return k, true, err
}

// readKey reads a key file. The error never holds what is in it.
func readKey(name string) (*Key, error) {
	b, err := readSmall(name)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger's key: %w", err)
	}
	secret, whole := strings.CutSuffix(string(b), "\n")
	signer, err := note.NewSigner(secret)
	verifier, exact := verifierOf(secret)
	if err != nil || !whole || !exact {
		return nil, fmt.Errorf("reading the ledger's key: %s is damaged; put it back from a backup, or move it away to begin a new epoch under a new key", name)
	}
	return &Key{signer, verifier}, nil
}

// verifierOf is the public half of a signer's key, PRIVATE+KEY+name+hash+key.
// It is false for what is not exactly as note.GenerateKey writes it.
func verifierOf(secret string) (string, bool) {
	parts := strings.Split(secret, "+")
	if len(parts) < 5 {
		return "", false
	}
	name, hash := parts[2], parts[3]
	key, err := base64.StdEncoding.Strict().DecodeString(strings.Join(parts[4:], "+"))
	if err != nil || len(key) != 1+ed25519.SeedSize || hash != strings.ToLower(hash) {
		return "", false
	}
	public, _ := ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(name, public)
	return verifier, err == nil
}

// VerifierKey is the public key of the ledger in a data folder.
func VerifierKey(data string) (string, error) {
	k, err := readKey(keyFile(data))
	if err != nil {
		return "", err
	}
	return k.Verifier, nil
}

// keyFile is the file of the key in a data folder.
func keyFile(data string) string { return filepath.Join(data, Folder, keyName) }

// replaceFile puts content in the place of a file, for nobody else to read.
// When it returns nil the file is on disk; a kill leaves the old one or the
// new one whole.
func replaceFile(name string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSmallFile {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", name, maxSmallFile)
	}
	return os.ReadFile(name)
}
