package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress tells of the steps of a long work every few seconds, and nothing of
// a short one. A total of 0 is one that is not known.
func progress(w io.Writer, now func() time.Time, doing string) meter {
	const every = 2 * time.Second
	last := now()
	return func(step string, done, total int64) {
		if at := now(); at.Sub(last) >= every {
			last = at
			if total == 0 {
				fmt.Fprintf(w, "assay: %s %s: %d\n", doing, step, done)
				return
			}
			fmt.Fprintf(w, "assay: %s %s: %d of %d\n", doing, step, done, total)
		}
	}
}

// bar draws how far a long work is, over the line before, from two seconds on;
// end wipes it away, until it is drawn again. Of what has no known end it tells
// how much is done.
func bar(w io.Writer, now func() time.Time, doing string) (tell meter, end func()) {
	const after, every, width, line = 2 * time.Second, 100 * time.Millisecond, 30, 78
	began, last, drawn := now(), time.Time{}, false
	tell = func(step string, done, total int64) {
		at := now()
		if at.Sub(began) < after || at.Sub(last) < every {
			return
		}
		last, drawn = at, true
		said := fmt.Sprintf("%d, %s %s", done, doing, step)
		if total > 0 {
			full := int(width * min(done, total) / total)
			said = fmt.Sprintf("[%s%s] %d of %d, %s %s", strings.Repeat("#", full), strings.Repeat(".", width-full), done, total, doing, step)
		}
		if r := []rune(strings.TrimRight(said, " ")); len(r) > line { // a second line would not be wiped
			said = string(r[:line])
		}
		fmt.Fprintf(w, "\r%s\x1b[K", strings.TrimRight(said, " "))
	}
	end = func() {
		if drawn {
			fmt.Fprint(w, "\r\x1b[K")
			drawn = false
		}
	}
	return tell, end
}

// told tells of a long work on standard error: at a terminal as a bar, which end
// wipes away, else in lines.
func told(doing string) (tell meter, end func()) {
	if term.IsTerminal(int(os.Stderr.Fd())) {
		return bar(os.Stderr, time.Now, doing)
	}
	return progress(os.Stderr, time.Now, doing), func() {}
}

// watched is told where somebody looks: at a terminal, or where it was asked for.
func watched(asked bool, doing string) (tell meter, end func()) {
	if !asked && !term.IsTerminal(int(os.Stderr.Fd())) {
		return func(string, int64, int64) {}, func() {}
	}
	return told(doing)
}
