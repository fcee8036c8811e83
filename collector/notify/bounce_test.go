package notify

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bounceFile(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/bounce.eml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\n", "\r\n")
}

// A delivery report, as OpenSMTPD writes it, says what became of which recipient
// of which mail, with line ends of either kind.
func TestParseBounce(t *testing.T) {
	const of = "report-4cdcf83cd5dac2ff@example.com"
	want := []Bounce{
		{of, "gone@customer.example", "failed", "5.1.1", "550 5.1.1 <gone@customer.example>: no such user"},
		{of, "later@customer.example", "delayed", "4.4.1", ""},
	}
	text := bounceFile(t)
	whole := strings.Replace(text, "text/rfc822-headers", "message/rfc822", 1)
	whole = whole[:strings.LastIndex(whole, "--6915")] + "\r\n" + strings.Repeat("a body that is cut ", 100)
	for name, b := range map[string]string{"as it is": text, "with line feeds": strings.ReplaceAll(text, "\r\n", "\n"), "with the whole mail, cut": whole} {
		got, err := ParseBounce([]byte(b))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	again, err := ParseBounce([]byte(strings.Replace(text, "Message-ID: <report", "Resent-Message-ID: <again@example.com>\r\nMessage-ID: <report", 1)))
	if err != nil || again[0].Of != "again@example.com" {
		t.Errorf("of a mail that went again: %v, %v", again, err)
	}
}

func TestNoBounce(t *testing.T) {
	text := bounceFile(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"another type":   {"multipart/report", "multipart/mixed", "no delivery report"},
		"no boundary":    {"boundary=", "bound=", "no delivery report"},
		"no recipient":   {"Final-Recipient", "X-Recipient", "names no recipient"},
		"no address":     {"customer.example\r\nAction", "a b\r\nAction", "names no recipient"},
		"no action":      {"Action:", "X:", "names no recipient"},
		"no message ID":  {"Message-ID", "X-ID", "Message-ID"},
		"a hostile ID":   {"<report-4cdcf83cd5dac2ff@example.com>", "<a b@\"; drop>", "Message-ID"},
		"a broken field": {"Action: failed", "Action failed", "cannot be read"},
		"nothing":        {text, "", "no mail"},
		"no mail":        {text, "\x00\x01", "no mail"},
		"too large":      {text, text + strings.Repeat("x", MaxBounce), "at most"},
	} {
		if got, err := ParseBounce([]byte(strings.ReplaceAll(text, c.from, c.to))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzParseBounce(f *testing.F) {
	text := bounceFile(f)
	f.Add([]byte(text))
	f.Add([]byte(strings.Replace(text, "text/rfc822-headers", "message/rfc822", 1)))
	f.Add([]byte(strings.ReplaceAll(text, "\r\n", "\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseBounce(b)
		if (err == nil) != (len(list) > 0) || len(list) > maxBounceRecipients {
			t.Fatalf("%d recipients, %v", len(list), err)
		}
		for _, x := range list {
			if !validID(x.Of) || !oneLine(x.To+x.Action+x.Status+x.Diagnostic) || len(x.Diagnostic) > 4*maxExcerpt || bytes.ContainsRune([]byte(x.To), ' ') {
				t.Fatalf("%+v", x)
			}
		}
	})
}
