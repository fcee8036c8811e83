package notify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
)

// Bounce is what a delivery report says of one recipient (RFC 3464).
type Bounce struct {
	Of         string // Message-ID of the mail that the report is about, without angle brackets
	To         string // the recipient's address
	Action     string // of BounceActions
	Status     string // RFC 3463, such as 5.1.1
	Diagnostic string // the server's words, cleaned and bounded; "" where it said none
}

// BounceActions lists what a report says of a recipient.
func BounceActions() []string {
	return []string{"failed", "delayed", "delivered", "relayed", "expanded"}
}

// Bounds of a delivery report.
const (
	MaxBounce           = 60 << 10 // bytes: reports bring the headers of what came back, or the beginning of it
	maxBounceRecipients = 100
	maxBounceParts      = 10
)

// ParseBounce reads a delivery report (RFC 3464 in a multipart/report of RFC
// 3462) as a mail server sends it. It names one mail and at least one recipient.
func ParseBounce(b []byte) ([]Bounce, error) {
	if len(b) > MaxBounce {
		return nil, fmt.Errorf("a delivery report has at most %d bytes", MaxBounce)
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, errors.New("this is no mail")
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/report" || params["boundary"] == "" {
		return nil, errors.New("this is no delivery report: its type is not multipart/report")
	}
	list, of, err := bounceParts(multipart.NewReader(m.Body, params["boundary"]))
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, errors.New("this delivery report names no recipient")
	case of == "":
		return nil, errors.New("this delivery report does not bring the Message-ID of what it is about")
	}
	for i := range list {
		list[i].Of = of
	}
	return list, nil
}

// bounceParts reads the recipients, and the ID of what came back.
func bounceParts(r *multipart.Reader) (list []Bounce, of string, err error) {
	for range maxBounceParts {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && len(list) > 0 && of != "" {
			break // what came back may be cut
		}
		if err != nil {
			return list, of, errors.New("this delivery report cannot be read to its end")
		}
		media, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		switch media {
		case "message/delivery-status":
			if list, err = bounceRecipients(p); err != nil {
				return nil, "", err
			}
		case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers":
			h, _ := textproto.NewReader(bufio.NewReader(p)).ReadMIMEHeader() // what follows may be cut
			// Of a mail that went again its own ID is the resent one.
			for _, field := range []string{"Resent-Message-Id", "Message-Id"} {
				if id := strings.Trim(h.Get(field), "<> \t"); of == "" && validID(id) {
					of = id
				}
			}
		}
	}
	return list, of, nil
}

// bounceRecipients reads the groups of fields, of which the first is about the
// report as a whole.
func bounceRecipients(r io.Reader) ([]Bounce, error) {
	var out []Bounce
	groups := textproto.NewReader(bufio.NewReader(r))
	for n := 0; n <= maxBounceRecipients; {
		h, err := groups.ReadMIMEHeader()
		if len(h) > 0 {
			n++
			if b, ok := bounceOf(h); ok {
				out = append(out, b)
			}
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, errors.New("this delivery report has a field that cannot be read")
		}
	}
	return out, nil
}

// bounceOf is what one group of fields says; false where it is about none.
func bounceOf(h textproto.MIMEHeader) (Bounce, bool) {
	_, to, typed := strings.Cut(h.Get("Final-Recipient"), ";")
	if original, addr, ok := strings.Cut(h.Get("Original-Recipient"), ";"); ok && strings.EqualFold(strings.TrimSpace(original), "rfc822") {
		to, typed = addr, true // what it was sent to, before it was forwarded
	}
	a, err := parseAddress(strings.TrimSpace(to))
	action := strings.ToLower(strings.TrimSpace(h.Get("Action")))
	if !typed || err != nil || !slices.Contains(BounceActions(), action) {
		return Bounce{}, false
	}
	_, words, ok := strings.Cut(h.Get("Diagnostic-Code"), ";")
	if !ok {
		words = h.Get("Diagnostic-Code")
	}
	return Bounce{To: a.Address, Action: action, Status: excerpt(firstWord(h.Get("Status"))), Diagnostic: excerpt(strings.TrimSpace(words))}, true
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}
