package notify

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// report is a message with every kind of part.
func report() Message {
	return Message{
		ID:      MessageID("assay.example.com", "report", "gold", "2026-10"),
		Date:    slo.Instant(1793523600000),
		From:    "Assay 监控 <assay@example.com>",
		To:      []string{"Anna Müller <anna@example.com>", "bo@example.com"},
		Subject: "Service report 2026-10 for gold: 服务报告 99.95 %",
		Text:    "Delivered 99.95 %\n已交付 99.95 %\n.\n..two dots\n",
		HTML:    "<p>已交付 99.95 %</p><img src=\"cid:trend@assay.example.com\" alt=\"trend\">",
		Attachments: []Attachment{
			{Name: "trend.png", Type: "image/png", ContentID: "trend@assay.example.com", Data: []byte("\x89PNG\r\n\x1a\n\x00\xff")},
			{Name: "报告.csv", Type: "text/csv", Data: []byte("service,availability\nshop,99.95\n")},
		},
	}
}

func TestRenderGolden(t *testing.T) {
	got, err := render(report())
	if err != nil {
		t.Fatal(err)
	}
	got = marked(got)
	// The library's boundaries are random.
	seen := map[string]string{}
	got = regexp.MustCompile(`[0-9a-f]{60}`).ReplaceAllFunc(got, func(b []byte) []byte {
		if seen[string(b)] == "" {
			seen[string(b)] = "boundary-" + string(rune('a'+len(seen)))
		}
		return []byte(seen[string(b)])
	})
	path := filepath.Join("testdata", "report.eml")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestRenderPlain(t *testing.T) {
	m := report()
	m.HTML, m.Attachments = "", nil
	b, err := render(m)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if ct := parsed.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/plain") {
		t.Errorf("a text alone is sent as %s", ct)
	}
	if parsed.Header.Get(HeaderResent) != "" {
		t.Error("a first attempt says that it is another")
	}
}

func TestValidate(t *testing.T) {
	cases := []struct {
		want   string
		change func(m *Message)
	}{
		{`message ID "" is not`, func(m *Message) { m.ID = "" }},
		{`message ID "a@b>\r\nBcc: x" is not`, func(m *Message) { m.ID = "a@b>\r\nBcc: x" }},
		{`message ID "no-domain" is not`, func(m *Message) { m.ID = "no-domain" }},
		{`date is missing`, func(m *Message) { m.Date = 0 }},
		{`from: "" is not an address`, func(m *Message) { m.From = "" }},
		{`from: "a, b@example.com" is not`, func(m *Message) { m.From = "a, b@example.com" }},
		{`0 recipients`, func(m *Message) { m.To = nil }},
		{`101 recipients`, func(m *Message) { m.To = strings.Split(strings.Repeat("a@example.com ", 101), " ")[:101] }},
		{`to: address "a@example.com\r\nBcc: b@example.com" has a line break`, func(m *Message) { m.To[0] = "a@example.com\r\nBcc: b@example.com" }},
		{`to: address "用户@example.com" has a character`, func(m *Message) { m.To[0] = "用户@example.com" }},
		{`to: address "\"a> b\"@example.com" has a character`, func(m *Message) { m.To[0] = `"a> b"@example.com` }},
		{`longer than 254`, func(m *Message) { m.To[0] = strings.Repeat("a", 250) + "@example.com" }},
		{`subject has 0 bytes`, func(m *Message) { m.Subject = "" }},
		{`subject has 501 bytes`, func(m *Message) { m.Subject = strings.Repeat("x", 501) }},
		{`subject has a line break`, func(m *Message) { m.Subject = "a\nBcc: b@example.com" }},
		{`subject has a line break`, func(m *Message) { m.Subject = "a\u202eb" }},
		{`subject has a line break`, func(m *Message) { m.Subject = "a\xffb" }},
		{`the plain text is empty`, func(m *Message) { m.Text = "" }},
		{`a body is not valid UTF-8`, func(m *Message) { m.HTML = "\xff" }},
		{`attachment name "../x" is not`, func(m *Message) { m.Attachments[0].Name = "../x" }},
		{`attachment name "a\r\nb" is not`, func(m *Message) { m.Attachments[0].Name = "a\r\nb" }},
		{`attachment type "png" is not`, func(m *Message) { m.Attachments[0].Type = "png" }},
		{`attachment type "image/png; a=b" is not`, func(m *Message) { m.Attachments[0].Type = "image/png; a=b" }},
		{`content ID "x\r\ny" is not`, func(m *Message) { m.Attachments[0].ContentID = "x\r\ny" }},
		{`51 attachments`, func(m *Message) {
			for range 49 {
				m.Attachments = append(m.Attachments, m.Attachments[0])
			}
		}},
		{`there may be 26214400`, func(m *Message) { m.Attachments[0].Data = make([]byte, MaxMessageSize) }},
	}
	if err := report().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		m := report()
		c.change(&m)
		err := m.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got: %v", c.want, err)
		}
		if _, err := render(m); err == nil {
			t.Errorf("%s: it is rendered nevertheless", c.want)
		}
	}
	err := Message{Subject: "a\nb", Text: "x"}.Validate()
	if n := len(strings.Split(err.Error(), "\n")); n != 5 {
		t.Errorf("not all errors at once: %v", err)
	}
}

func TestMessageIDFollowsFromItsCause(t *testing.T) {
	a := MessageID("example.com", "report", "gold", "2026-10")
	if b := MessageID("example.com", "report", "gold", "2026-10"); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if !validID(a) {
		t.Errorf("%s is not valid", a)
	}
	for _, other := range [][]string{{"report", "gold", "2026-11"}, {"report", "gold2026-10"}, {"report", "gold", "", "2026-10"}} {
		if MessageID("example.com", other...) == a {
			t.Errorf("%q has the same ID", other)
		}
	}
}

func TestMessageSurvivesTheStore(t *testing.T) {
	b, err := json.Marshal(report())
	if err != nil {
		t.Fatal(err)
	}
	var got Message
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report(), got); diff != "" {
		t.Error(diff)
	}
}

// FuzzRender holds that no value of a message can add a header or a part.
func FuzzRender(f *testing.F) {
	f.Add("Anna <a@example.com>", "bo@example.com", "subject 主题", "text\r\n.\r\n", "a.csv", "cid@x")
	f.Add("a@example.com\r\nBcc: x@example.com", "\"x\\\" y\" <b@example.com>", "s\r\nBcc: y", "\n\n--\n", "a\r\nb", "")
	f.Add("=?utf-8?q?a=0D=0ABcc:_x?= <a@example.com>", "b@example.com", "=?utf-8?q?a=0D=0ABcc:_x?=", "x", "=?utf-8?q?=22?=", "a@b")
	f.Fuzz(func(t *testing.T, from, to, subject, text, name, cid string) {
		m := Message{ID: "id@example.com", Date: t0, From: from, To: []string{to}, Subject: subject, Text: text, HTML: "<p>x</p>",
			Attachments: []Attachment{{Name: name, Type: "text/csv", ContentID: cid, Data: []byte("data")}}}
		b, err := render(m)
		if err != nil {
			return
		}
		parsed, err := mail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		for h, v := range parsed.Header {
			switch h {
			case "Message-Id", "Date", "From", "To", "Subject", "Mime-Version", "Auto-Submitted", "Content-Type":
				if len(v) != 1 {
					t.Fatalf("header %s came %d times", h, len(v))
				}
			default:
				t.Fatalf("header %s: %s was added", h, v)
			}
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
		if err == nil && strings.Join(strings.Fields(decoded), " ") != strings.Join(strings.Fields(subject), " ") && !strings.Contains(subject, "=?") {
			t.Fatalf("subject %q arrives as %q", subject, decoded)
		}
		_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts, r := 0, multipart.NewReader(parsed.Body, params["boundary"])
		for ; ; parts++ {
			if _, err := r.NextPart(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if parts != 2 { // the alternative and the file
			t.Fatalf("%d parts", parts)
		}
	})
}
