package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress tells of the steps of a long work every few seconds, and nothing of
// a short one.
func progress(w io.Writer, now func() time.Time, doing string) func(step string, done, total int64) {
	const every = 2 * time.Second
	last := now()
	return func(step string, done, total int64) {
		if at := now(); at.Sub(last) >= every {
			last = at
			fmt.Fprintf(w, "assay: %s %s: %d of %d\n", doing, step, done, total)
		}
	}
}

// watched is progress on standard error where somebody looks: at a terminal,
// or where it was asked for.
func watched(asked bool, doing string) func(step string, done, total int64) {
	if !asked && !term.IsTerminal(int(os.Stderr.Fd())) {
		return func(string, int64, int64) {}
	}
	return progress(os.Stderr, time.Now, doing)
}
