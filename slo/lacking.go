package slo

import (
	"fmt"
	"strings"
)

// Lacking is a refusal that says which names the catalogue lacks.
type Lacking struct {
	Refusal error // a ChangeRefusal or an ExclusionRefusal
	Names   []string
}

// maxLacking bounds the names that a Lacking tells.
const maxLacking = 10

// List is the names in words, of many the first.
func (e *Lacking) List() string {
	if more := len(e.Names) - maxLacking; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(e.Names[:maxLacking], ", "), more)
	}
	return strings.Join(e.Names, ", ")
}

// Error is the refusal's with the names.
func (e *Lacking) Error() string { return e.Refusal.Error() + ": " + e.List() }

// Unwrap is the refusal.
func (e *Lacking) Unwrap() error { return e.Refusal }
