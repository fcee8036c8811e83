package notify

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Again is a message that was sent, or was to be, and goes once more because
// somebody wants it to: its very bytes, behind a block of fields that say so
// (RFC 5322 3.6.6). Its own Message-ID stays.
type Again struct {
	Of  string `json:"of"` // Message-ID
	Raw []byte `json:"raw"`
}

// maxRaw bounds the bytes of a message: base64 takes a third more than what it
// holds, and its lines have ends.
const maxRaw = MaxMessageSize + MaxMessageSize/2

// NewAgain is the message that sends a message once more, from and to the same,
// at an instant, for the nth time from 1.
func NewAgain(of Message, raw []byte, n int, at slo.Instant) Message {
	_, domain, _ := strings.Cut(of.ID, "@")
	return Message{
		ID: MessageID(domain, "again", of.ID, fmt.Sprint(n)), Date: at, From: of.From, To: of.To, Subject: of.Subject,
		Again: &Again{of.ID, raw},
	}
}

func (m Message) validateAgain() error {
	switch {
	case !validID(m.Again.Of):
		return fmt.Errorf("message ID %q is not of the form name@domain", m.Again.Of)
	case len(m.Again.Raw) == 0 || len(m.Again.Raw) > maxRaw:
		return fmt.Errorf("the message has %d bytes: there may be 1 to %d", len(m.Again.Raw), maxRaw)
	case m.Text != "" || m.HTML != "" || len(m.Attachments) > 0:
		return errors.New("what goes again has no bodies of its own")
	}
	return nil
}

// renderAgain writes the block of resent fields before the message. Its values
// have passed Validate.
func renderAgain(m Message) ([]byte, error) {
	from, err := parseAddress(m.From)
	if err != nil {
		return nil, err
	}
	var to []string
	for _, s := range m.To {
		a, err := parseAddress(s)
		if err != nil {
			return nil, err
		}
		to = append(to, a.String())
	}
	var b bytes.Buffer
	for _, f := range []struct{ name, value string }{
		{"Resent-Date", m.Date.Time().Format(time.RFC1123Z)}, {"Resent-From", (*mail.Address)(from).String()},
		{"Resent-To", strings.Join(to, ",\r\n ")}, {"Resent-Message-ID", "<" + m.ID + ">"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	b.Write(m.Again.Raw)
	return b.Bytes(), nil
}

// marked is a message with the field that says that an earlier attempt may have
// delivered it.
func marked(raw []byte) []byte {
	return append([]byte(HeaderResent+": true\r\n"), raw...)
}
