package notify

import (
	"bytes"
	"fmt"

	gomail "github.com/wneessen/go-mail"
)

// HeaderResent is true on a message that an earlier attempt may already have
// delivered.
const HeaderResent = "X-Assay-Resent"

// render writes the message as it goes over the wire (RFC 5322, MIME): the
// bodies as multipart/alternative, with inline images as multipart/related,
// with attachments as multipart/mixed. Every header is written by the
// library, from values that Validate has passed. What goes again is not made
// anew.
func render(m Message) ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if m.Again != nil {
		return renderAgain(m)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDateWithValue(m.Date.Time())
	if err := setAddresses(msg, m); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	// RFC 3834: nobody's absence note answers a report.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		if err := attach(msg, a); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("writing message %s: %w", m.ID, err)
	}
	return b.Bytes(), nil
}

// Render is a message as it goes over the wire. Two renderings of one message
// differ where they mark the ends of its parts.
func Render(m Message) ([]byte, error) { return render(m) }

func setAddresses(msg *gomail.Msg, m Message) error {
	from, err := parseAddress(m.From)
	if err != nil {
		return err
	}
	msg.FromMailAddress(from)
	for _, s := range m.To {
		to, err := parseAddress(s)
		if err != nil {
			return err
		}
		msg.AddToMailAddress(to)
	}
	return nil
}

func attach(msg *gomail.Msg, a Attachment) error {
	options := []gomail.FileOption{gomail.WithFileContentType(gomail.ContentType(a.Type))}
	add := msg.AttachReader
	if a.ContentID != "" {
		options = append(options, gomail.WithFileContentID("<"+a.ContentID+">"))
		add = msg.EmbedReader
	}
	if err := add(a.Name, bytes.NewReader(a.Data), options...); err != nil {
		return fmt.Errorf("attaching %q: %w", a.Name, err)
	}
	return nil
}
