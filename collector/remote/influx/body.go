package influx

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/remote"
)

// maxUnpacked bounds the bytes of one write after gzip is undone.
const maxUnpacked = 16 << 20

// body reads and unpacks the lines of a request within the bounds.
func (h *handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// A sender that drips does not hold its slot for ever. A writer that
	// cannot set a deadline is one of a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.options.Timeout))
	if r.ContentLength > h.options.MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", remote.ErrTooMuch, r.ContentLength, h.options.MaxBody)
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
		return nil, fmt.Errorf("%w: %s, not gzip", remote.ErrEncoding, strconv.QuoteToASCII(cut(e, 100)))
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
		return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", remote.ErrTooMuch, maxUnpacked)
	}
	return body, nil
}

// codeOf is InfluxDB's code for a body that is not taken. Telegraf splits a
// write that is answered 413 and sends its halves.
func codeOf(err error) string {
	if remote.StatusOf(err) == http.StatusRequestEntityTooLarge {
		return "request too large"
	}
	return "invalid"
}
