package evidence

import (
	"encoding/json"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// Entry is a line of EntriesFile: an entry of the ledger.
type Entry struct {
	Index  int64           `json:"index"`
	Record json.RawMessage `json:"record"`         // as the ledger has it, byte for byte
	Proof  []tlog.Hash     `json:"proof"`          // that the ledger of the head has it
	Line   []Text          `json:"line,omitempty"` // the row that it speaks of, as it is digested
}

// Checkpoint is a line of CheckpointsFile: an earlier checkpoint.
type Checkpoint struct {
	Note    string      `json:"note"`
	Proof   []tlog.Hash `json:"proof"`   // that the ledger of the head begins with it
	Printed []string    `json:"printed"` // the kept reports that print it
}

// Text is one text of a row: itself, or a file of the pack that has it.
type Text struct {
	Text string
	File string
}

// MarshalJSON writes a string, or {"file": PATH}.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.File != "" {
		return json.Marshal(inFile{t.File})
	}
	return json.Marshal(t.Text)
}

// UnmarshalJSON reads either.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &t.Text)
	}
	var f inFile
	if err := strictly(b, &f); err != nil {
		return err
	}
	if f.File == "" {
		return errors.New("a text that is neither a string nor in a file")
	}
	t.File = f.File
	return nil
}

type inFile struct {
	File string `json:"file"`
}
