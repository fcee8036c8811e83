package remote

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/s2"
)

// Bounds on what a write unfolds to. A few bytes of a message can become
// hundreds in memory, so size alone does not bound it.
const (
	maxDecoded    = 16 << 20 // bytes of a remote write
	maxItems      = 500_000  // series, labels, samples, histograms of one
	maxLabelBytes = 32 << 20 // of all labels that one spells by reference
	maxOTLP       = 4 << 20  // bytes of an OTLP export
)

// weigh refuses a request that would cost beyond the bounds of its class.
func weigh(r *http.Request, c class) error {
	if c == writing {
		return weighBody(r)
	}
	return weighQuestion(r)
}

// weighBody reads the body of a write and refuses one that would unfold beyond
// the bounds. What it lets through it puts back.
func weighBody(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	if strings.HasSuffix(r.URL.Path, OTLPPath) {
		body, err = weighOTLP(r.Header, body)
	} else {
		err = weighWrite(r.Header.Get("Content-Encoding"), body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// weighWrite checks the body of a remote write, which is always snappy.
func weighWrite(encoding string, body []byte) error {
	if encoding != "" && encoding != "snappy" {
		return fmt.Errorf("%w: %s, not snappy", ErrEncoding, quote(encoding))
	}
	n, err := s2.DecodedLen(body)
	if err != nil {
		return fmt.Errorf("decompressing the body: %w", err)
	}
	if n > maxDecoded {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrTooMuch, n, maxDecoded)
	}
	message, err := s2.Decode(nil, body)
	if err != nil {
		return fmt.Errorf("decompressing the body: %w", err)
	}
	return weighMessage(message)
}

// weighOTLP checks the body of an OTLP export and returns it decompressed.
func weighOTLP(h http.Header, body []byte) ([]byte, error) {
	switch e := h.Get("Content-Encoding"); e {
	case "":
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("decompressing the body: %w", err)
		}
		if body, err = io.ReadAll(io.LimitReader(z, maxOTLP+1)); err != nil {
			return nil, fmt.Errorf("decompressing the body: %w", err)
		}
		h.Del("Content-Encoding")
	default:
		return nil, fmt.Errorf("%w: %s, not gzip", ErrEncoding, quote(e))
	}
	if len(body) > maxOTLP {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooMuch, maxOTLP)
	}
	return body, nil
}
