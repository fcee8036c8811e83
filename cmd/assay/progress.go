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
func progress(w io.Writer, now func() time.Time, doing string) func(step string, done, total int64) {
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
// end wipes
// it away, until it is drawn again.
func bar(w io.Writer, now func() time.Time, what string) (tell func(done, total int), end func()) {
	const after, every, width = 2 * time.Second, 100 * time.Millisecond, 30
	began, last, drawn := now(), time.Time{}, false
	tell = func(done, total int) {
		at := now()
		if at.Sub(began) < after || at.Sub(last) < every || total < 1 {
			return
		}
		last, drawn = at, true
		full := width * done / total
		fmt.Fprintf(w, "\r[%s%s] %d of %d %s\x1b[K", strings.Repeat("#", full), strings.Repeat(".", width-full), done, total, what)
	}
	end = func() {
		if drawn {
			fmt.Fprint(w, "\r\x1b[K")
			drawn = false
		}
	}
	return tell, end
}

// barred is bar on standard error where that is a terminal.
func barred(what string) (tell func(done, total int), end func()) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func(int, int) {}, func() {}
	}
	return bar(os.Stderr, time.Now, what)
}

// watched is progress on standard error where somebody looks: at a terminal,
// or where it was asked for.
func watched(asked bool, doing string) func(step string, done, total int64) {
	if !asked && !term.IsTerminal(int(os.Stderr.Fd())) {
		return func(string, int64, int64) {}
	}
	return progress(os.Stderr, time.Now, doing)
}
