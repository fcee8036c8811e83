package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	netmail "net/mail"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestKilledWhileMailing kills the collector, as a power switch would, at each
// step of the dialogue with the mail server. The recipient gets the report once;
// only where the server had taken it and nothing could be recorded any more it
// comes again, under the same Message-ID and marked.
func TestKilledWhileMailing(t *testing.T) {
	for _, step := range []string{"MAIL", "RCPT", "DATA", "accepted"} {
		t.Run(step, func(t *testing.T) { killedAt(t, step) })
	}
}

func killedAt(t *testing.T, step string) {
	mails := newMailServer(t)
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, mailPassword+"\n")
	c := newCollector(t, fmt.Sprintf(shop, freePort(t), freePort(t), freePort(t)), fmt.Sprintf(`
mail: {host: %s, port: %s, ca: %q, username: %s, passwordFile: %q, from: "Assay <assay@example.org>"}
reports: [{agreement: gold, to: [manager@example.org], attach: [pdf]}]
`, mails.host, mails.port, mails.ca, mailUser, password))
	c.serve(t)
	killed := make(chan struct{})
	var once sync.Once
	mails.step = func(name string) {
		if name == step {
			once.Do(func() {
				c.kill()
				close(killed)
			})
		}
	}
	eventually(t, "the collector is ready", 30*time.Second, func() error {
		_, err := get(c.url("/-/ready"))
		return err
	})
	post, err := http.Post(c.url("/api/v1/report-mails/gold/"+time.Now().UTC().Format("2006-01")), "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	post.Body.Close()
	if post.StatusCode != http.StatusOK {
		t.Fatal(post.Status)
	}
	select {
	case <-killed:
	case <-time.After(30 * time.Second):
		t.Fatal("the mail server saw no such step")
	}
	c.serve(t)
	eventually(t, "the mail is sent", 60*time.Second, func() error { return mailed(c) })
	got := mails.mails()
	least, most := 1, 1
	switch step {
	case "DATA": // all of it may be on its way to the server by then
		most = 2
	case "accepted":
		least, most = 2, 2
	}
	if len(got) < least || len(got) > most {
		t.Fatalf("it arrived %d times", len(got))
	}
	first := fields(t, got[0].data)
	if marked := first.Get("X-Assay-Resent") == "true"; marked != (len(got) == 1) {
		t.Errorf("the first is marked: %v", marked)
	}
	if len(got) == 2 {
		if again := fields(t, got[1].data); again.Get("Message-Id") != first.Get("Message-Id") || again.Get("X-Assay-Resent") != "true" {
			t.Errorf("it came again as %s, marked %q", again.Get("Message-Id"), again.Get("X-Assay-Resent"))
		}
		if !bytes.HasSuffix(got[1].data, got[0].data) {
			t.Error("it came again with other bytes")
		}
	}
}

// mailed is nil when the one mail there is was sent.
func mailed(c *collector) error {
	b, err := get(c.url("/api/v1/mails"))
	if err != nil {
		return err
	}
	var list struct {
		Mails []struct{ State string } `json:"mails"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list.Mails) != 1 || list.Mails[0].State != "sent" {
		return errors.New(string(b))
	}
	return nil
}

func fields(t *testing.T, raw []byte) netmail.Header {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}
