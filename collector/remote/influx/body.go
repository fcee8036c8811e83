package influx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

// maxUnpacked bounds the bytes of one write after gzip is undone.
const maxUnpacked = 16 << 20

var (
	errTooMuch  = errors.New("the write is too large")
	errEncoding = errors.New("the body's encoding is not known")
)

// body reads and unpacks the lines of a request within the bounds.
func (h *handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// A sender that drips does not hold its slot for ever. A writer that
	// cannot set a deadline is one of a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.options.Timeout))
	if r.ContentLength > h.options.MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", errTooMuch, r.ContentLength, h.options.MaxBody)
	}
	sent, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.options.MaxBody))
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	switch e := r.Header.Get("Content-Encoding"); e {
	case "", "identity":
		return sent, nil
	case "gzip":
		return unpack(sent)
	default:
		return nil, fmt.Errorf("%w: %s, not gzip", errEncoding, strconv.QuoteToASCII(cut(e, 100)))
	}
}

func unpack(sent []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, fmt.Errorf("decompressing the body: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if err != nil {
		return nil, fmt.Errorf("decompressing the body: %w", err)
	}
	if len(body) > maxUnpacked {
		return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", errTooMuch, maxUnpacked)
	}
	return body, nil
}

// statusOf is the status of a body that is not taken. Telegraf splits a write
// that is answered 413 and sends its halves.
func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, errTooMuch):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errEncoding):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// codeOf is InfluxDB's code for the same.
func codeOf(err error) string {
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return "request too large"
	}
	return "invalid"
}
