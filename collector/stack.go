package collector

import (
	"errors"
	"fmt"
)

// stack is what must be undone, last in first out.
type stack []undo

type undo struct {
	name string
	f    func() error
}

func (s *stack) push(name string, f func() error) { *s = append(*s, undo{name, f}) }

// unwind undoes everything and forgets it, so that a second time does nothing.
func (s *stack) unwind() error {
	var errs []error
	for i := len(*s) - 1; i >= 0; i-- {
		if err := (*s)[i].f(); err != nil {
			errs = append(errs, fmt.Errorf("closing %s: %w", (*s)[i].name, err))
		}
	}
	*s = nil
	return errors.Join(errs...)
}
