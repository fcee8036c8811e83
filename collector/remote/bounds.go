package remote

import (
	"errors"
	"net/http"
	"os"
	"time"
)

// Bounds of an API of series, and of the receivers beside it. The zero value of
// a field means its default.
type Bounds struct {
	Timeout  time.Duration // of one request
	Parallel int           // listings at a time, and writes at a time; queries have the engine's bound
	MaxBody  int64         // bytes of one write, as sent
}

// Defaults of Bounds.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultParallel = 4
	DefaultMaxBody  = 8 << 20
)

// Complete fills in the defaults, or says that a bound is negative.
func (b Bounds) Complete() (Bounds, error) {
	if b.Timeout < 0 || b.Parallel < 0 || b.MaxBody < 0 {
		return b, errors.New("a bound is negative")
	}
	if b.Timeout == 0 {
		b.Timeout = DefaultTimeout
	}
	if b.Parallel == 0 {
		b.Parallel = DefaultParallel
	}
	if b.MaxBody == 0 {
		b.MaxBody = DefaultMaxBody
	}
	return b, nil
}

// Why a body is not taken.
var (
	ErrTooMuch  = errors.New("the body is too large or unfolds to too much")
	ErrEncoding = errors.New("the body's encoding is not known")
)

// StatusOf is the status that a body which is not taken is answered with.
func StatusOf(err error) int {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, ErrTooMuch):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrEncoding):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}
