package spreadsheet

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "shop": "shop", "a=b": "a=b", "'quoted'": "'quoted'",
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "'=1": "''=1",
	} {
		if got := Cell(text); got != want {
			t.Errorf("%q is the cell %q, want %q", text, got, want)
		}
	}
}

// TestText: every text comes back, and no cell begins like a formula.
func TestText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t\r\n＝＋－＠a1"))).Draw(t, "text")
		cell := Cell(text)
		if strings.IndexAny(cell, signs) == 0 || Text(cell) != text {
			t.Fatalf("%q is the cell %q, which says %q", text, cell, Text(cell))
		}
	})
}
