package ledger

import (
	"os"
	"strings"
	"testing"
)

// TestDocumented reads the examples of docs/formats/ledger.md: the checkpoint
// is over the records, and signed with the key that they name.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/formats/ledger.md")
	must(t, err)
	text := string(b)
	block := func(kind string) string {
		_, rest, _ := strings.Cut(text, "```"+kind+"\n")
		found, _, _ := strings.Cut(rest, "```")
		return found
	}
	var records [][]byte
	key := ""
	for _, line := range strings.Split(strings.TrimSpace(block("record")), "\n") {
		e, err := Decode([]byte(line))
		must(t, err)
		if b, ok := e.Body.(*Epoch); ok {
			key = b.Key
		}
		records = append(records, []byte(line))
	}
	c, err := OpenCheckpoint([]byte(block("checkpoint")), key)
	must(t, err)
	if c.Root != merkle(records) || c.Size != int64(len(records)) {
		t.Errorf("the checkpoint is %d:%s", c.Size, c.Hash())
	}
	for _, k := range Kinds() {
		if !strings.Contains(text, "`"+string(k)+"`") {
			t.Errorf("kind %s is not documented", k)
		}
	}
	for _, r := range []string{BeganFirst, BeganBehind, BeganOther, BeganMissing, BeganKey, BeganOperator, ReasonLate, string(Watermarks), string(Grace)} {
		if !strings.Contains(text, "`"+r+"`") {
			t.Errorf("%s is not documented", r)
		}
	}
}
