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
	tell, end := bar(&b, func() time.Time { return at }, "reports")
	tell(0, 10)
	at = at.Add(time.Second)
	tell(1, 10)
	end()
	if b.Len() > 0 {
		t.Fatalf("after a second: %q", b.String())
	}
	for done := 2; done <= 4; done++ {
		at = at.Add(700 * time.Millisecond)
		tell(done, 10)
		tell(done, 10) // at the same instant
	}
	end()
	want := "\r[" + strings.Repeat("#", 9) + strings.Repeat(".", 21) + "] 3 of 10 reports\x1b[K" +
		"\r[" + strings.Repeat("#", 12) + strings.Repeat(".", 18) + "] 4 of 10 reports\x1b[K\r\x1b[K"
	if b.String() != want {
		t.Errorf("%q, not %q", b.String(), want)
	}
}
