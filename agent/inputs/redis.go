package inputs

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// redis reads servers by the command INFO, over a connection for each reading.
type redis struct {
	settings Settings
	servers  []*url.URL
}

func newRedis(s Settings) (*redis, error) {
	r := &redis{settings: s}
	for _, server := range s.Servers {
		u, err := url.Parse(server)
		if err != nil {
			return nil, fmt.Errorf("input redis: %w", err)
		}
		r.servers = append(r.servers, u)
	}
	return r, nil
}

func (r *redis) read(ctx context.Context, acc *accumulator) error {
	eachServer(ctx, r.settings.Servers, acc, func(ctx context.Context, i int, acc *accumulator) error {
		u := r.servers[i]
		info, err := r.info(ctx, u)
		if err != nil {
			return err
		}
		tags := hostAndPort(u)
		if u.Scheme == "unix" {
			tags = map[string]string{"socket": u.Path}
		}
		redisInfo(info, tags, acc)
		return nil
	})
	return nil
}

// info logs in and asks for everything that INFO tells.
func (r *redis) info(ctx context.Context, u *url.URL) (string, error) {
	conn, err := r.dial(ctx, u)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in := bufio.NewReader(conn)
	password, err := r.settings.password()
	if err != nil {
		return "", err
	}
	if password != "" {
		login := []string{"AUTH", password}
		if r.settings.User != "" {
			login = []string{"AUTH", r.settings.User, password}
		}
		if _, err := redisAsk(conn, in, login...); err != nil {
			return "", fmt.Errorf("logging in: %w", err)
		}
	}
	return redisAsk(conn, in, "INFO", "ALL")
}

func (r *redis) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	var d net.Dialer
	switch u.Scheme {
	case "unix":
		return d.DialContext(ctx, "unix", u.Path)
	case "redis":
		return d.DialContext(ctx, "tcp", u.Host)
	}
	c, err := r.settings.tlsFor(u.Hostname())
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: &d, Config: c}).DialContext(ctx, "tcp", u.Host)
}

// Bounds of one reply of Redis.
const (
	maxRedisLine = 1 << 10 // bytes of a status or an error
	maxRedisText = 1 << 20 // bytes of a text
)

// redisAsk sends a command and reads its reply, a status or a text, by RESP
// version 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
// No error tells what was sent.
func redisAsk(w io.Writer, r *bufio.Reader, command ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(command))
	for _, part := range command {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(part), part)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", err
	}
	return redisReply(r)
}

func redisReply(r *bufio.Reader) (string, error) {
	line, err := redisLine(r)
	if err != nil {
		return "", err
	}
	switch line[0] {
	case '+':
		return line[1:], nil
	case '-':
		return "", fmt.Errorf("the server says: %s", plain(line[1:], 200))
	case '$':
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 || n > maxRedisText {
			return "", errors.New("the server's reply has no length, or one beyond the bound")
		}
		text := make([]byte, n+2)
		if _, err := io.ReadFull(r, text); err != nil {
			return "", fmt.Errorf("reading the reply: %w", err)
		}
		return string(text[:n]), nil
	}
	return "", errors.New("the server's reply is none of Redis")
}

// redisLine reads a line of at least one byte, without its end.
func redisLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return "", fmt.Errorf("reading the reply: %w", err)
		case c == '\n' && len(line) > 1 && line[len(line)-1] == '\r':
			return string(line[:len(line)-1]), nil
		case c == '\n' || len(line) == maxRedisLine:
			return "", errors.New("the server's reply is none of Redis")
		}
		line = append(line, c)
	}
}
