package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// collectorAPI are the flags of commands that ask a running collector.
type collectorAPI struct {
	Collector string `help:"URL of the collector. Default ${default}." default:"http://127.0.0.1:8420" placeholder:"URL"`
	CA        string `help:"File of the certificates, PEM, that the collector's own is signed by. Default the system's." name:"ca" type:"existingfile" placeholder:"FILE"`
	TokenFile string `help:"File of the bearer token; needed where the collector asks people to sign in." type:"existingfile" placeholder:"FILE"`
}

func (f collectorAPI) open() (*api, error) { return newAPI(f.Collector, f.CA, f.TokenFile) }

// do asks the collector and reads the answer.
func (f collectorAPI) do(ctx context.Context, method, path string, send, into any) error {
	api, err := f.open()
	if err != nil {
		return err
	}
	b, _, err := api.call(ctx, method, path, send)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("reading the answer of %s: it is no collector's", f.Collector)
	}
	return nil
}

// api is a running collector's.
type api struct {
	base, token string
	http        *http.Client
}

func newAPI(base, ca, tokenFile string) (*api, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("--collector: %q is not an http or https URL", base)}
	}
	a := &api{base: strings.TrimRight(base, "/"), http: &http.Client{Timeout: 2 * time.Minute}}
	if ca != "" {
		b, err := os.ReadFile(ca)
		if err != nil {
			return nil, usageError{fmt.Errorf("--ca: %w", err)}
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(b) {
			return nil, usageError{fmt.Errorf("--ca: %s holds no certificate in PEM", ca)}
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		a.http.Transport = transport
	}
	if tokenFile != "" {
		b, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, usageError{fmt.Errorf("--token-file: %w", err)}
		}
		a.token = strings.TrimSpace(string(b))
	}
	return a, nil
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// call makes a request, with a value as JSON or nil, and returns the body and
// its media type.
func (a *api) call(ctx context.Context, method, path string, send any) (body []byte, media string, err error) {
	if send == nil {
		return a.send(ctx, method, path, "", nil)
	}
	b, err := json.Marshal(send)
	if err != nil {
		return nil, "", err
	}
	return a.send(ctx, method, path, "application/json", bytes.NewReader(b))
}

// send makes a request with a body of a media type, or with nil, and returns the
// body of the answer and its media type.
func (a *api) send(ctx context.Context, method, path, sends string, sent io.Reader) (body []byte, media string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, sent)
	if err != nil {
		return nil, "", err
	}
	if sends != "" {
		req.Header.Set("Content-Type", sends)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, "", fmt.Errorf("is the collector running at %s? %w", a.base, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode/100 != 2 {
		return nil, "", refusal(resp.StatusCode, b)
	}
	media, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" is none of ours
	return b, media, nil
}

// statusOf is the error of an answer that is one.
func statusOf(resp *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	return refusal(resp.StatusCode, b)
}

// refusal is the error of an answer, in the collector's words where it has any.
func refusal(code int, body []byte) error {
	var said struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil || said.Error.Message == "" {
		said.Error.Message = http.StatusText(code)
	}
	return &statusError{code, said.Error.Message}
}

// statusError is an answer that is an error.
type statusError struct {
	code    int
	message string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the collector answered %d: %s", e.code, e.message)
}

// isStatus reports whether an error is an answer of a status.
func isStatus(err error, code int) bool {
	var e *statusError
	return errors.As(err, &e) && e.code == code
}
