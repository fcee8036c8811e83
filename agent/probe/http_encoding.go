package probe

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/assay-sla/assay/slo"
)

// maxWindow bounds the memory that unpacking zstd may take.
const maxWindow = 8 << 20

// encodings prepares which content codings are unpacked: those that the probe
// asks for, by compression or by a header of its own.
func (t *httpTest) encodings(s *slo.HTTP) error {
	for _, c := range s.Compression {
		if !slices.Contains(slo.Compressions(), c) {
			return fmt.Errorf("compression %q is not one of %s", c, strings.Join(slo.Compressions(), ", "))
		}
	}
	t.coding = s.Compression
	for name, value := range s.Headers {
		if !strings.EqualFold(name, "Accept-Encoding") {
			continue
		}
		if len(s.Compression) > 0 {
			return errors.New("compression is given, and the header Accept-Encoding as well")
		}
		for _, c := range slo.Compressions() {
			if strings.Contains(strings.ToLower(value), c) {
				t.coding = append(t.coding, c)
			}
		}
	}
	return nil
}

// unpacked is the body without the content coding that was asked for. Close
// the second value, where it is not nil, after reading.
func (t *httpTest) unpacked(resp *http.Response) (io.Reader, func(), error) {
	coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	if resp.Body == http.NoBody || !slices.Contains(t.coding, coding) {
		return resp.Body, nil, nil
	}
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(resp.Body)
		return z, nil, err
	case "br":
		return brotli.NewReader(resp.Body), nil, nil
	case "zstd":
		z, err := zstd.NewReader(resp.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return inflated(resp.Body)
}

// inflated unpacks deflate, which servers send with and without zlib's frame.
func inflated(body io.Reader) (io.Reader, func(), error) {
	b := bufio.NewReader(body)
	if head, _ := b.Peek(2); len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		z, err := zlib.NewReader(b)
		return z, nil, err
	}
	return flate.NewReader(b), nil, nil
}
