package inputs

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// httpClient asks servers of this machine's file: by no proxy, and without
// following redirects, which would lead elsewhere.
func httpClient(t *http.Transport) *http.Client {
	t.MaxResponseHeaderBytes = 16 << 10
	t.MaxIdleConnsPerHost = 1
	t.IdleConnTimeout = 5 * time.Minute
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// fetch returns the body of an answer with status 200, of at most so many
// bytes. Errors name the address, never a password.
func fetch(c *http.Client, req *http.Request, most int64) ([]byte, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the answer is %d, not 200", req.URL.Redacted(), resp.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: reading the answer: %w", req.URL.Redacted(), err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%s: the answer has more than %d bytes", req.URL.Redacted(), most)
	}
	return b, nil
}
