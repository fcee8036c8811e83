package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// Paths of enrolment, on the agents' listener.
const (
	EnrollPath = "/agent/v1/enroll"
	RenewPath  = "/agent/v1/renew"
)

// maxEnroll bounds the requests and the answers of enrolment, in bytes.
const maxEnroll = 16 << 10

// EnrollRequest asks for an agent's first certificate.
type EnrollRequest struct {
	Invitation string `json:"invitation"`
	Identity
	Request []byte `json:"request"` // PKCS #10, DER, over a P-256 key
}

// RenewRequest asks, with the certificate in use, for the next.
type RenewRequest struct {
	Request []byte `json:"request"`
}

// EnrollReply is a certificate and the authority that it is by.
type EnrollReply struct {
	Certificate []byte `json:"certificate"` // DER
	Authority   []byte `json:"authority"`   // DER
}

// Enrolment is the collector's authority over its agents.
type Enrolment interface {
	// Enroll issues a certificate for an invitation. The same key may ask
	// again with the same invitation: an answer may be lost on its way.
	Enroll(ctx context.Context, i Invitation, who Identity, key *ecdsa.PublicKey, remote string, at slo.Instant) (EnrollReply, error)
	// Renew issues the next certificate of whoever the present one is of.
	Renew(ctx context.Context, who Identity, key *ecdsa.PublicKey, remote string, at slo.Instant) (EnrollReply, error)
}

// EnrollRefused is why an agent gets no certificate. Its text is told to it.
type EnrollRefused string

func (e EnrollRefused) Error() string { return string(e) }

// publicKey is the key of a request that proves to have its other half. Only
// that is taken of it: who the agent is the authority says.
func publicKey(request []byte) (*ecdsa.PublicKey, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err == nil {
		err = csr.CheckSignature()
	}
	if err != nil {
		return nil, fmt.Errorf("the certificate request: %w", err)
	}
	key, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("the certificate request: its key is not of the curve P-256")
	}
	return key, nil
}

func (h *Handler) enroll(w http.ResponseWriter, r *http.Request) {
	var req EnrollRequest
	reply, err := h.enrolled(r, &req, func() (EnrollReply, error) {
		i, err := ParseInvitation(req.Invitation)
		if err != nil {
			return EnrollReply{}, status{http.StatusForbidden, err}
		}
		if err := req.Identity.Check(); err != nil {
			return EnrollReply{}, status{http.StatusBadRequest, err}
		}
		key, err := publicKey(req.Request)
		if err != nil {
			return EnrollReply{}, status{http.StatusBadRequest, err}
		}
		return h.Enrolment.Enroll(r.Context(), i, req.Identity, key, remoteOf(r), h.Now())
	})
	h.answerEnroll(w, r, reply, err)
}

func (h *Handler) renew(w http.ResponseWriter, r *http.Request) {
	var req RenewRequest
	reply, err := h.enrolled(r, &req, func() (EnrollReply, error) {
		who, err := h.Certified(r)
		if err != nil {
			return EnrollReply{}, status{http.StatusForbidden, err}
		}
		key, err := publicKey(req.Request)
		if err != nil {
			return EnrollReply{}, status{http.StatusBadRequest, err}
		}
		return h.Enrolment.Renew(r.Context(), who, key, remoteOf(r), h.Now())
	})
	h.answerEnroll(w, r, reply, err)
}

// enrolled reads a request into req and lets issue answer it.
func (h *Handler) enrolled(r *http.Request, req any, issue func() (EnrollReply, error)) (EnrollReply, error) {
	if h.Enrolment == nil || h.Certified == nil {
		return EnrollReply{}, bad(http.StatusNotFound, "this collector enrolls no agents")
	}
	raw, err := readBounded(r.Body, maxEnroll)
	if err != nil {
		return EnrollReply{}, err
	}
	if err := json.Unmarshal(raw, req); err != nil {
		return EnrollReply{}, bad(http.StatusBadRequest, "decoding an enrolment: it is not JSON of the right form")
	}
	return issue()
}

// remoteOf is the address that a request came from.
func remoteOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

func (h *Handler) answerEnroll(w http.ResponseWriter, r *http.Request, reply EnrollReply, err error) {
	var refused EnrollRefused
	switch {
	case errors.As(err, &refused):
		h.refuse(w, r, status{http.StatusForbidden, refused})
	case err != nil:
		h.refuse(w, r, err)
	default:
		writeJSON(w, http.StatusOK, reply)
	}
}
