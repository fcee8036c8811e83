package catalog

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a Problem keeps a catalogue from loading.
type Severity uint8

// The severities. A catalogue with an Error does not load.
const (
	Error Severity = iota
	Warning
)

// String is error or warning.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText is String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Problem is one thing that is wrong, or looks wrong, in a catalogue, with
// its place. It holds a bounded piece of the source line, so that it can be
// shown where the file is not at hand.
type Problem struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`   // from 1; 0 where the problem has no line
	Column   int      `json:"column,omitempty"` // in characters, from 1
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`   // how to mend it
	Source   string   `json:"source,omitempty"` // the line, or the part of a long one around Column
	Caret    int      `json:"caret,omitempty"`  // the character of Source that Column is, from 1
}

// Place is file:line:column, as far as these are known.
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error is the place, the severity and the message, on one line.
func (p Problem) Error() string {
	return fmt.Sprintf("%s: %s: %s", clean(p.Place()), p.Severity, clean(p.Message))
}

// Problems are the findings of one load, sorted by place.
type Problems []Problem

// Count returns how many errors and how many warnings there are.
func (ps Problems) Count() (errors, warnings int) {
	for _, p := range ps {
		if p.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// Err is nil where there is no error (warnings do not count); otherwise it
// tells the first error and how many more there are.
func (ps Problems) Err() error {
	n, _ := ps.Count()
	for _, p := range ps {
		switch {
		case p.Severity != Error:
		case n == 1:
			return p
		default:
			return fmt.Errorf("%w (and %d more)", p, n-1)
		}
	}
	return nil
}

// maxProblems bounds what one load reports, so that a file of noise does not
// turn into gigabytes of complaints.
const maxProblems = 1000

// findings collects the problems of one load.
type findings struct {
	list    Problems
	dropped int // errors beyond maxProblems
}

// room reports whether another problem would be kept.
func (f *findings) room() bool { return len(f.list) < maxProblems }

// add notes p, unless there are too many already.
func (f *findings) add(p Problem) {
	if f.room() {
		f.list = append(f.list, p)
	} else if p.Severity == Error {
		f.dropped++
	}
}

// sorted returns the problems in order of place, each once.
func (f *findings) sorted() Problems {
	slices.SortStableFunc(f.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message))
	})
	list := slices.Compact(f.list)
	if f.dropped > 0 {
		last := list[len(list)-1]
		list = append(list, Problem{File: last.File, Message: fmt.Sprintf("%d more errors are not shown", f.dropped)})
	}
	return list
}
