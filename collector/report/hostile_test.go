package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/assay-sla/assay/slo"
)

// Everything that comes from outside, as it should never come.
func hostileInput(t testing.TB, evil string) Input {
	in := goldInput(t)
	in.Title, in.Revision = evil, evil
	a := *in.Agreement
	a.Objectives = append([]slo.Objective{}, a.Objectives...)
	for i := range a.Objectives {
		o := a.Objectives[i]
		o.Name = evil
		a.Objectives[i] = o
	}
	in.Agreement = &a
	for i := range in.Incidents {
		k := &in.Incidents[i]
		k.ID += evil
		k.AckedBy = evil
		k.Events = append(k.Events, slo.IncidentEvent{At: k.Began, Kind: slo.EventCommented, Actor: evil, Text: evil})
		for j := range k.Causes {
			k.Causes[j] = slo.Cause{Probe: evil, Target: evil, Location: evil, Reason: slo.Reason(evil), Evidence: evil}
		}
	}
	for i := range in.Planned {
		in.Planned[i].Name = evil
	}
	in.Recorded = Recorded{
		Complaints: []Complaint{{evil, evil, evil, evil, evil, evil, evil}},
		Actions:    []Action{{evil, evil, evil, evil, evil, true, evil, evil, evil, evil, evil}},
		Decisions:  []Decision{{Kind: DecideRecorded, Agreement: evil, Service: evil, Subject: evil, Title: evil, WantedOf: evil, Due: evil, Text: evil}},
		Suppliers:  []SupplierRecord{{evil, evil, evil, evil}},
	}
	if len(evil) <= MaxLetterheadText { // longer ones are refused
		in.Letterhead = Letterhead{Sender: evil, Purpose: evil, Audience: evil, Cover: []string{evil}}
	}
	in.Surveys = append(in.Surveys, vote(in.Period.To-1, 1, evil))
	in.Ledger.Waiting = []string{evil}
	for i := range in.Ledger.Sealed {
		in.Ledger.Sealed[i].Objective = evil
	}
	return in
}

func TestHostileStrings(t *testing.T) {
	elements := map[string]bool{
		"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "table": true, "tbody": true, "tr": true, "td": true, "th": true,
		"p": true, "h1": true, "h2": true, "h3": true, "div": true, "span": true, "strong": true, "ul": true, "li": true, "br": true, "img": true,
	}
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='alert(1)`, `</style><script>alert(1)</script>`, `{{.Title}}`,
		`javascript:alert(1)`, "\x1b[31mred\x1b[0m", "line\r\nBcc: everybody@example.com\n.\n", "\u202Eevil\u2066", "\xff\xfe", "a\x00b",
		`" } body { display: none } @page { content: "`, `\"; }`, "<!--", "]]>", "&lt;script&gt;", "=cmd|' /C calc'!A0", "%s%d%n", strings.Repeat("W", 5000), strings.Repeat("<&'\"", 3000),
	} {
		r := Build(hostileInput(t, evil))
		if len(evil) <= slo.MaxSendingComment {
			r.Release = &Release{At: r.Identity.MadeAt, By: evil, Comment: evil}
		}
		_, page, err := layOut(&r, English.words(), Links{})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > maxHTML {
			t.Errorf("%.20q makes a page of %d bytes", evil, len(page))
		}
		checkPage(t, page, elements)
		var text bytes.Buffer
		if err := Text(&text, r, English); err != nil {
			t.Fatal(err)
		}
		checkText(t, text.String())
		subject := Subject(r, English)
		if strings.ContainsFunc(subject, func(c rune) bool { return !unicode.IsPrint(c) }) || len(subject) > 500 || !utf8.ValidString(subject) {
			t.Errorf("the subject is %q", subject)
		}
		if name := FileName(Build(Input{Agreement: &slo.Agreement{Name: evil, Zone: time.UTC}, Period: r.Identity.Period})); strings.ContainsAny(name, "/\\\x00\n") || strings.HasPrefix(name, ".") || len(name) > 200 {
			t.Errorf("the file is named %q", name)
		}
	}
}

// checkPage fails on elements and attributes that the template does not have.
func checkPage(t *testing.T, page []byte, elements map[string]bool) {
	t.Helper()
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.CommentToken:
			t.Error("there is a comment in the page")
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if !elements[tok.Data] {
				t.Errorf("there is an element %q in the page", tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" || a.Key == "srcset" {
					t.Errorf("there is an attribute %s=%q in the page", a.Key, a.Val)
				}
				if a.Key == "src" && !strings.HasPrefix(a.Val, "cid:trend-") {
					t.Errorf("a picture is at %q", a.Val)
				}
				if a.Key == "style" && strings.Contains(a.Val, "ZgotmplZ") {
					t.Errorf("a style is %q", a.Val)
				}
			}
		case html.TextToken:
			if s := string(z.Text()); strings.ContainsFunc(s, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) && c != '\u00a0' }) || !utf8.ValidString(s) {
				t.Errorf("the page says %q", s)
			}
		}
	}
}

func checkText(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.Contains(text, "%!") {
		t.Errorf("the text is spoiled:\n%s", text)
	}
	for _, l := range strings.Split(text, "\n") {
		if n := utf8.RuneCountInString(l); n > textWidth {
			t.Errorf("a line of %d characters: %q", n, l)
		}
		if strings.ContainsFunc(l, func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Errorf("the text says %q", l)
		}
	}
}

// A month of flapping, with all that can be long as long as it can be: the
// mail stays small enough to be shown whole, and says what it leaves out.
func TestSize(t *testing.T) {
	in := goldInput(t)
	long := strings.Repeat("<&\"' ", 200)
	in.Outages, in.Incidents, in.Planned = nil, nil, nil
	for i := range 4000 {
		from := in.Period.From.Add(time.Duration(i) * 10 * time.Minute)
		in.Outages = append(in.Outages, slo.Interval{From: from, To: from.Add(time.Duration(i%300+61) * time.Second)})
		k := slo.Incident{ID: fmt.Sprint("shop-", i), Service: "shop", Trigger: slo.ServiceDown, Began: from, Detected: from, Restored: from.Add(61 * time.Second), Resolved: in.At, Downtime: time.Minute}
		for c := range 20 {
			k.Causes = append(k.Causes, slo.Cause{Probe: fmt.Sprint(c%7, long), Target: long, Location: fmt.Sprint(c, long), Reason: slo.ConnectRefused, Evidence: long})
			k.Events = append(k.Events, slo.IncidentEvent{At: from, Kind: slo.EventCommented, Actor: long, Text: long})
		}
		in.Incidents = append(in.Incidents, k)
		in.Planned = append(in.Planned, Planned{Name: long, Interval: slo.Interval{From: from, To: from.Add(time.Minute)}})
	}
	a := *in.Agreement
	for i := range 60 {
		o := a.Objectives[0]
		o.Name = fmt.Sprint("objective-", i, long)
		a.Objectives = append(a.Objectives, o)
	}
	in.Agreement = &a
	r := Build(in)
	page, pictures, err := Mail(r, English)
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > maxHTML {
		t.Errorf("the mail has %d bytes", len(page))
	}
	for _, p := range pictures {
		if !bytes.Contains(page, []byte("cid:"+p.ContentID)) {
			t.Errorf("the page does not show %s", p.ContentID)
		}
	}
	if n := bytes.Count(page, []byte("cid:")); n != len(pictures) {
		t.Errorf("the page shows %d pictures of %d", n, len(pictures))
	}
	if !bytes.Contains(page, []byte("are not listed; the JSON of this report has them.")) {
		t.Error("the page does not say what it leaves out")
	}
	var text strings.Builder
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	checkText(t, text.String())
	if !contains(text.String(), "4 more causes") || !contains(text.String(), "17 earlier comments") {
		t.Error("the text does not say what it leaves out")
	}
	if n := strings.Count(plain(text.String()), ", seen from "); n > 3*fullLimits().outages+3 {
		t.Errorf("the text has %d causes", n)
	}
	if text.Len() > 250<<10 {
		t.Errorf("the text has %d bytes", text.Len())
	}
}

func TestUnknownZone(t *testing.T) {
	r := Build(goldInput(t))
	r.Identity.Zone = "Nowhere/Land"
	if err := Text(&bytes.Buffer{}, r, English); err == nil {
		t.Error("no error for a zone that nobody knows")
	}
	if err := HTML(&bytes.Buffer{}, r, English); err == nil {
		t.Error("no error for a zone that nobody knows")
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "a\x00b", "\u202e", "\xff", "  two  words ", "\x1b[2J", "日本語", "e\u0301"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 1 + (limit&0xff)%200
		got := clean(s, limit)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > limit+1 {
			t.Fatalf("%q is %q", s, got)
		}
		if strings.ContainsFunc(got, func(c rune) bool { return !unicode.IsPrint(c) }) || strings.TrimSpace(got) != got {
			t.Fatalf("%q is %q", s, got)
		}
	})
}
