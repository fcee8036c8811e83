package agent

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// heartbeatServer takes heartbeats of jobs: POST /heartbeat/JOB, or with the
// job's exit code behind, /heartbeat/JOB/CODE, which says that it failed where
// that is not 0.
func heartbeatServer(h *heartbeats, token string, log func(job string, err error)) *http.Server {
	mux := http.NewServeMux()
	take := func(w http.ResponseWriter, r *http.Request) {
		job, code := r.PathValue("job"), 0
		if text := r.PathValue("code"); text != "" {
			var err error
			if code, err = strconv.Atoi(text); err != nil || code < 0 || code > 255 {
				http.Error(w, "an exit code is 0 to 255", http.StatusBadRequest)
				return
			}
		}
		words, err := io.ReadAll(io.LimitReader(r.Body, maxHeartbeatWords))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		text := strings.TrimSpace(string(words))
		if code != 0 {
			text = strings.TrimSpace(fmt.Sprintf("exit code %d. %s", code, text))
		}
		switch err := h.hear(job, code != 0, text); {
		case errors.Is(err, errNoJob):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			log(job, err)
			http.Error(w, "the heartbeat could not be kept; the agent's log says why", http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
	mux.HandleFunc("POST /heartbeat/{job}", take)
	mux.HandleFunc("POST /heartbeat/{job}/{code}", take)
	return &http.Server{
		Handler: guarded(mux, token), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

// guarded lets in who brings the token; where there is none, whoever is on
// this machine and is no web page.
func guarded(next http.Handler, token string) http.Handler {
	want := sha256.Sum256([]byte(token))
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" {
			secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if got := sha256.Sum256([]byte(secret)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				http.Error(w, "the heartbeat needs the bearer token of this agent's file", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback(strings.Trim(host, "[]")) || cross.Check(r) != nil {
			http.Error(w, "heartbeats come from this machine, and from no web page", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// openHeartbeats opens what jobs said, and the listener that they say it to,
// where the agent's file has one.
func (a *Agent) openHeartbeats() error {
	c := a.config.Heartbeats
	if c.Address == "" {
		return nil
	}
	token, err := readToken(c.TokenFile)
	if err != nil {
		return fmt.Errorf("heartbeats: %w", err)
	}
	if a.heartbeats, err = openHeartbeats(a.config.Data, func() slo.Instant { return slo.At(time.Now()) }); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("listening for heartbeats: %w", err)
	}
	if c.Cert != "" {
		load := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
			return &pair, err
		}
		if _, err := load(nil); err != nil {
			return errors.Join(fmt.Errorf("reading the heartbeats' certificate: %w", err), l.Close())
		}
		l = tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: load})
	}
	a.heartbeatsAt = l
	a.heartbeatsBy = heartbeatServer(a.heartbeats, token, func(job string, err error) {
		a.log.Error("a heartbeat was not kept", "job", job, "error", err)
	})
	a.undo = append(a.undo, closeListener(l))
	return nil
}

// serveHeartbeats takes heartbeats until ctx ends.
func (a *Agent) serveHeartbeats(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = a.heartbeatsBy.Close() })
	defer stop()
	if err := a.heartbeatsBy.Serve(a.heartbeatsAt); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("taking heartbeats: %w", err)
	}
	return nil
}
