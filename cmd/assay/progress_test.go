package main

import (
	"strings"
	"testing"
	"time"
)

// A bar says nothing of a short work, draws over itself, and is wiped away.
func TestBar(t *testing.T) {
	var b strings.Builder
	at := time.Unix(0, 0)
	tell, end := bar(&b, func() time.Time { return at }, "writing")
	tell("reports", 0, 10)
	at = at.Add(time.Second)
	tell("reports", 1, 10)
	end()
	if b.Len() > 0 {
		t.Fatalf("after a second: %q", b.String())
	}
	for done := int64(2); done <= 4; done++ {
		at = at.Add(700 * time.Millisecond)
		tell("reports", done, 10)
		tell("reports", done, 10) // at the same instant
	}
	end()
	want := "\r[" + strings.Repeat("#", 9) + strings.Repeat(".", 21) + "] 3 of 10, writing reports\x1b[K" +
		"\r[" + strings.Repeat("#", 12) + strings.Repeat(".", 18) + "] 4 of 10, writing reports\x1b[K\r\x1b[K"
	if b.String() != want {
		t.Errorf("%q, not %q", b.String(), want)
	}
	b.Reset()
	at = at.Add(time.Second)
	tell("bytes", 7, -1)
	at = at.Add(time.Second)
	tell(strings.Repeat("界", 100), 1, 2)
	if lines := strings.Split(b.String(), "\r"); len(lines) != 3 || lines[1] != "7, writing bytes\x1b[K" || len([]rune(lines[2])) != 78+3 {
		t.Errorf("%q", lines)
	}
}
