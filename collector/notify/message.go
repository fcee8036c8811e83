package notify

import (
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// Message is one mail, as it is stored before it is sent and kept after. Its
// JSON is its form in the store.
type Message struct {
	// ID is the Message-ID without angle brackets, as MessageID makes it. A
	// message with the same ID is the same message.
	ID string `json:"id"`
	// Date is the header Date, whenever the message is sent.
	Date slo.Instant `json:"date"`
	// From and To are addresses as people write them, with or without a
	// name: "Assay <assay@example.com>". The part in angle brackets is ASCII.
	From string   `json:"from"`
	To   []string `json:"to"`
	// Subject is one line of any characters.
	Subject string `json:"subject"`
	// Text is the plain body, which must not be empty; HTML is the same for
	// readers that show it, or empty.
	Text        string       `json:"text"`
	HTML        string       `json:"html,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Again is a message that goes once more, as it is: then this one has no
	// bodies and files of its own.
	Again *Again `json:"again,omitempty"`
}

// Attachment is a file that goes with a message.
type Attachment struct {
	Name string `json:"name"` // a file name, without folders
	Type string `json:"type"` // media type such as application/pdf
	// ContentID is not empty for an image that HTML shows by "cid:" and this
	// ID; such a file is not listed as an attachment.
	ContentID string `json:"contentID,omitempty"`
	Data      []byte `json:"data"`
}

// Bounds of a message.
const (
	MaxRecipients  = 100
	MaxSubject     = 500      // bytes
	MaxMessageSize = 25 << 20 // bytes of all bodies and attachments together
	maxAttachments = 50
	maxAddress     = 254 // bytes, RFC 5321 4.5.3.1.3 less the brackets
)

// MessageID makes a message's ID from what caused it (the kind of message,
// the agreement, the month, the revision ...) and the sender's domain. Equal
// causes give equal IDs, so a message that is made again after a crash is
// known as the same.
func MessageID(domain string, cause ...string) string {
	return causeID(cause...) + "@" + domain
}

// Key is the ID.
func (m Message) Key() string { return m.ID }

// Title is the subject.
func (m Message) Title() string { return m.Subject }

// Validate reports all that keeps the message from being sent, at once.
func (m Message) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !validID(m.ID) {
		bad("message ID %q is not of the form name@domain", m.ID)
	}
	if m.Date <= 0 || m.Date > slo.MaxInstant {
		bad("date is missing or out of range")
	}
	if _, err := parseAddress(m.From); err != nil {
		bad("from: %w", err)
	}
	if len(m.To) == 0 || len(m.To) > MaxRecipients {
		bad("%d recipients: there must be 1 to %d", len(m.To), MaxRecipients)
	}
	for _, to := range m.To {
		if _, err := parseAddress(to); err != nil {
			bad("to: %w", err)
		}
	}
	switch {
	case m.Subject == "" || len(m.Subject) > MaxSubject:
		bad("subject has %d bytes: there must be 1 to %d", len(m.Subject), MaxSubject)
	case !oneLine(m.Subject):
		bad("subject has a line break or another control character")
	}
	if m.Again != nil {
		errs = append(errs, m.validateAgain())
	} else if m.Text == "" {
		bad("the plain text is empty")
	}
	if !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) {
		bad("a body is not valid UTF-8")
	}
	errs = append(errs, m.validateFiles()...)
	return errors.Join(errs...)
}

func (m Message) validateFiles() (errs []error) {
	if len(m.Attachments) > maxAttachments {
		errs = append(errs, fmt.Errorf("%d attachments: there may be %d", len(m.Attachments), maxAttachments))
	}
	size := len(m.Text) + len(m.HTML)
	for _, a := range m.Attachments {
		size += len(a.Data)
		if a.Name == "" || len(a.Name) > 200 || !oneLine(a.Name) || strings.ContainsAny(a.Name, `/\"`) {
			errs = append(errs, fmt.Errorf("attachment name %q is not a file name", a.Name))
		}
		if t, params, err := mime.ParseMediaType(a.Type); err != nil || t != a.Type || len(params) > 0 || !strings.Contains(t, "/") {
			errs = append(errs, fmt.Errorf("attachment type %q is not a media type such as application/pdf", a.Type))
		}
		if a.ContentID != "" && !validID(a.ContentID) {
			errs = append(errs, fmt.Errorf("content ID %q is not of the form name@domain", a.ContentID))
		}
	}
	if size > MaxMessageSize {
		errs = append(errs, fmt.Errorf("the message has %d bytes: there may be %d", size, MaxMessageSize))
	}
	return errs
}

// parseAddress reads an address and keeps it to what every mail server takes.
func parseAddress(s string) (*mail.Address, error) {
	if !oneLine(s) {
		return nil, fmt.Errorf("address %q has a line break or another control character", s)
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address such as name@example.com", s)
	}
	for _, c := range []byte(a.Address) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>(),:;\[]`, c) >= 0 {
			return nil, fmt.Errorf("address %q has a character that is not supported", s)
		}
	}
	if len(a.Address) > maxAddress {
		return nil, fmt.Errorf("address %q is longer than %d bytes", s, maxAddress)
	}
	return a, nil
}

// validID reports whether s is a msg-id (RFC 5322 3.6.4) of plain characters.
func validID(s string) bool {
	left, right, ok := strings.Cut(s, "@")
	return ok && len(s) <= 200 && atom(left) && atom(right)
}

func atom(s string) bool {
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' && c != '+' {
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}

// oneLine reports whether s is valid UTF-8 without control characters and
// without those that turn the direction of writing.
func oneLine(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}) < 0
}
