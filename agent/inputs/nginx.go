package inputs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// nginx reads what nginx's module stub_status tells
// (https://nginx.org/en/docs/http/ngx_http_stub_status_module.html).
type nginx struct {
	settings Settings
	servers  []*url.URL
	clients  []*http.Client
}

func newNginx(s Settings) (*nginx, error) {
	n := &nginx{settings: s}
	for _, server := range s.Servers {
		u, err := url.Parse(server)
		if err != nil {
			return nil, fmt.Errorf("input nginx: %w", err)
		}
		c, err := s.tlsFor(u.Hostname())
		if err != nil {
			return nil, fmt.Errorf("input nginx: %w", err)
		}
		n.servers = append(n.servers, u)
		n.clients = append(n.clients, httpClient(&http.Transport{TLSClientConfig: c}))
	}
	return n, nil
}

func (n *nginx) read(ctx context.Context, acc *accumulator) error {
	eachServer(ctx, n.settings.Servers, acc, func(ctx context.Context, i int, acc *accumulator) error {
		fields, err := n.status(ctx, n.clients[i], n.servers[i])
		if err != nil {
			return err
		}
		acc.add("nginx", fields, hostAndPort(n.servers[i]))
		return nil
	})
	return nil
}

func (n *nginx) status(ctx context.Context, c *http.Client, u *url.URL) (map[string]any, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	password, err := n.settings.password()
	if err != nil {
		return nil, err
	}
	if n.settings.User != "" {
		req.SetBasicAuth(n.settings.User, password)
	}
	body, err := fetch(c, req, 4<<10)
	if err != nil {
		return nil, err
	}
	return stubStatus(body)
}

// stubStatusPage is the page of stub_status. The module of old releases has no
// other; forks add columns behind the third.
var stubStatusPage = regexp.MustCompile(`^Active connections:\s+(\d+)\s+server accepts handled requests[^\n]*\n\s*(\d+)\s+(\d+)\s+(\d+)[^\n]*\n` +
	`\s*Reading:\s+(\d+)\s+Writing:\s+(\d+)\s+Waiting:\s+(\d+)\s*$`)

func stubStatus(page []byte) (map[string]any, error) {
	found := stubStatusPage.FindSubmatch(page)
	if found == nil {
		return nil, errors.New("the page is not one of stub_status")
	}
	fields := map[string]any{}
	for i, name := range []string{"active", "accepts", "handled", "requests", "reading", "writing", "waiting"} {
		v, err := strconv.ParseUint(string(found[i+1]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields[name] = v
	}
	return fields, nil
}
