package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"unicode"

	"github.com/prometheus/common/config"
)

// poster hands one request's body to an Alertmanager. status is the HTTP
// status and excerpt the beginning of an answer that is not 2xx; err is set
// where no answer came.
type poster interface {
	post(ctx context.Context, body []byte) (status int, excerpt string, err error)
}

type httpPoster struct {
	url    string
	client *http.Client
}

func newHTTPPoster(am Alertmanager) (*httpPoster, error) {
	u, err := alertsURL(am.URL)
	if err != nil {
		return nil, err
	}
	am.HTTP.FollowRedirects = false // a POST that is redirected loses its body, or its credentials to another host
	if err := am.HTTP.Validate(); err != nil {
		return nil, err
	}
	client, err := config.NewClientFromConfig(am.HTTP, "alertmanager", config.WithUserAgent("Assay"))
	if err != nil {
		return nil, err
	}
	return &httpPoster{u, client}, nil
}

func (p *httpPoster) post(ctx context.Context, body []byte) (int, string, error) {
	hidden, given := &confidential{}, http.Header{"Content-Type": {"application/json"}}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(name string, values []string) { hidden.wrote(given, name, values) },
	})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header = given.Clone()
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	// Read a bounded rest, so that the connection can be used again.
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 == 2 {
		return resp.StatusCode, "", nil
	}
	return resp.StatusCode, excerpt(hidden.redacted(string(answer))), nil
}

// verdict is what an answer says of the alerts in the request.
type verdict int

const (
	accepted verdict = iota
	refused          // these alerts, or one of them, will never be taken as they are
	failed           // nothing about the alerts: the Alertmanager could not be reached or used
)

// judge reads an answer. Statuses that concern the sender's rights, the path
// or the receiver's state are failures even where they are 4xx.
func judge(status int, excerpt string, err error) (verdict, error) {
	switch {
	case err != nil:
		return failed, err
	case status/100 == 2:
		return accepted, nil
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		return refused, fmt.Errorf("answered %d: %s", status, excerpt)
	default:
		return failed, fmt.Errorf("answered %d: %s", status, excerpt)
	}
}

// maxExcerpt bounds what a log line or a record repeats of a foreign answer,
// in bytes.
const maxExcerpt = 512

// excerpt is the beginning of a foreign text on one line: valid UTF-8, no
// control, format or bidirectional characters.
func excerpt(s string) string {
	s = truncate(strings.ToValidUTF8(s, "\uFFFD"), 4*maxExcerpt)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return truncate(strings.Join(strings.Fields(s), " "), maxExcerpt)
}
