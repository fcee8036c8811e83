package inputs

import "strings"

// Fault is what a part of a reading failed with. Its texts may be a server's
// own, and are clean.
type Fault struct {
	Server string // the one that was read; "" where an input reads the machine
	Err    error
}

// Faults are the error of a reading, of which the rest may be there.
type Faults []Fault

// Error is each fault behind its server.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, x := range f {
		texts[i] = x.String()
	}
	return strings.Join(texts, "; ")
}

// String is the fault in one line.
func (f Fault) String() string {
	text := plain(f.Err.Error(), maxFault)
	if f.Server == "" {
		return text
	}
	return f.Server + ": " + text
}

// Unwrap are the causes.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, x := range f {
		errs[i] = x.Err
	}
	return errs
}
