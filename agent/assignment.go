package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
)

// assignmentFile keeps the assignment in use in the data folder, so that the
// agent probes without a collector.
const assignmentFile = "assignment.json"

// stored is the file: the assignment, whom it was for, and a digest of its
// bytes, so that what the disk changed is not probed.
type stored struct {
	Agent      string          `json:"agent"`
	Location   string          `json:"location"`
	SHA256     string          `json:"sha256"`
	Assignment json.RawMessage `json:"assignment"`
}

// errDamaged is a file that cannot be used and was set aside.
var errDamaged = errors.New("the stored assignment cannot be used and was set aside")

// loadAssignment reads the stored assignment. None, or one that was for
// another agent or location, is an empty one. A damaged file is renamed, and
// the error, errDamaged, says why.
func loadAssignment(dir, agent, location string) (push.Assignment, error) {
	name := filepath.Join(dir, assignmentFile)
	s, a, err := readAssignment(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return push.Assignment{}, nil
	case err == nil && (s.Agent != agent || s.Location != location):
		return push.Assignment{}, nil
	case err == nil:
		return a, nil
	}
	err = fmt.Errorf("%w as %s.damaged: %w", errDamaged, name, err)
	return push.Assignment{}, errors.Join(err, os.Rename(name, name+".damaged"))
}

func readAssignment(name string) (stored, push.Assignment, error) {
	var s stored
	var a push.Assignment
	f, err := os.Open(name)
	if err != nil {
		return s, a, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 2*push.MaxAssignment))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, a, err
	}
	if digest(s.Assignment) != s.SHA256 {
		return s, a, errors.New("its bytes do not have the digest that it names")
	}
	return s, a, json.Unmarshal(s.Assignment, &a)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// saveAssignment replaces the stored assignment: after a crash the file is the
// old one or the new one, whole. It may hold credentials of targets, so only
// its owner can read it.
func saveAssignment(dir, agent, location string, a push.Assignment) error {
	b, err := json.Marshal(a)
	if err == nil {
		b, err = json.Marshal(stored{Agent: agent, Location: location, SHA256: digest(b), Assignment: b})
	}
	if err == nil {
		err = wal.ReplaceFile(filepath.Join(dir, assignmentFile), b)
	}
	if err != nil {
		return fmt.Errorf("storing the assignment: %w", err)
	}
	return nil
}
