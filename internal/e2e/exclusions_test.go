package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	exclusionKills    = 25
	exclusionRequests = 48 // that one answer lists
)

const excluded = `
{apiVersion: assay/v1, kind: Probe, metadata: {name: web}, spec: {every: 1s, tcp: {address: 'localhost:1'}}}
---
{apiVersion: assay/v1, kind: Service, metadata: {name: shop}, spec: {up: web}}
---
{apiVersion: assay/v1, kind: Agreement, metadata: {name: gold}, spec: {service: shop, objectives: [{name: recent, target: 99, window: 7d}]}}
---
{apiVersion: assay/v1, kind: Agreement, metadata: {name: other}, spec: {service: shop, objectives: [{name: recent, target: 99, window: 7d}]}}
`

// TestExclusionsCrash kills the collector while people ask for exclusions and
// decide on them. Whatever was answered is on record once, in the ledger and in
// force, and nothing is there by half.
func TestExclusionsCrash(t *testing.T) {
	c := newCollector(t, excluded, "tokens: tokens.yaml\n")
	var lines strings.Builder
	for name, role := range map[string]string{"ola": "operator", "ada": "approver"} {
		fmt.Fprintf(&lines, "- {name: %s, sha256: %x, role: %s}\n", name, sha256.Sum256([]byte(name+"-token")), role)
	}
	write(t, filepath.Join(c.dir, "tokens.yaml"), lines.String())
	c.serve(t)
	asked := make(chan error, 1)
	go func() { asked <- askAndDecide(c, time.Now().Add(-24*time.Hour).Truncate(time.Minute).UTC()) }()
	for range exclusionKills {
		pause(t, time.Duration(rand.IntN(400))*time.Millisecond)
		c.kill()
		c.serve(t)
	}
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	var got struct {
		Exclusions []exclusion `json:"exclusions"`
	}
	eventually(t, "the collector answers", 30*time.Second, func() error {
		return call(c, "ada", http.MethodGet, "/api/v1/exclusions", "", &got)
	})
	if len(got.Exclusions) != exclusionRequests {
		t.Errorf("%d requests on record", len(got.Exclusions))
	}
	for _, x := range got.Exclusions {
		want := []string{"approve"}
		if x.revoked() {
			want = append(want, "revoke")
		}
		if fmt.Sprint(x.acts()) != fmt.Sprint(want) {
			t.Errorf("%s: decided %v, want %v", x.Reason, x.acts(), want)
		}
	}
	checkExcluded(t, c)
}

// checkExcluded holds the figures against a replay with the exclusions on
// record, and verifies the ledger.
func checkExcluded(t *testing.T, c *collector) {
	t.Helper()
	var live json.RawMessage
	if err := call(c, "ada", http.MethodGet, "/api/v1/objectives", "", &live); err != nil {
		t.Fatal(err)
	}
	at, want := figures(t, live)
	c.stop(t)
	data := filepath.Join(c.dir, "data")
	out, err := exec.Command(filepath.Join(bin, "assay"), "replay", "--catalogue", filepath.Join(c.dir, "catalogue"), "--archive", filepath.Join(data, "archive"),
		"--exclusions", filepath.Join(data, "records.db"), "--at", at.String(), "--output", "json").Output()
	if err != nil {
		t.Fatalf("assay replay: %v", err)
	}
	_, replayed := figures(t, out)
	for name, figure := range want {
		for key, value := range figure {
			if got := replayed[name][key]; fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("%s: %s is %v live and %v replayed", name, key, value, got)
			}
		}
	}
	const minute = 60_000.
	if got := want["gold/recent"]["excluded_ms"]; got != minute*exclusionRequests*2/3 || want["other/recent"]["excluded_ms"] != 0. {
		t.Errorf("gold has %v ms excluded, other %v", got, want["other/recent"]["excluded_ms"])
	}
	if b, err := exec.Command(filepath.Join(bin, "assay"), "verify", "--data", data).CombinedOutput(); err != nil {
		t.Errorf("assay verify: %v\n%s", err, b)
	}
}

type exclusion struct {
	ID        string `json:"id"`
	Reason    string `json:"reason"`
	Decisions []struct {
		Act string `json:"act"`
	} `json:"decisions"`
}

func (x exclusion) acts() (out []string) {
	for _, d := range x.Decisions {
		out = append(out, d.Act)
	}
	return out
}

// revoked reports whether askAndDecide takes its approval back: every third.
func (x exclusion) revoked() bool {
	var n int
	_, err := fmt.Sscanf(x.Reason, "flood %d", &n)
	return err == nil && n%3 == 0
}

// askAndDecide asks for one minute after the other, approves each, and revokes
// every third. Whatever is not answered it says again.
func askAndDecide(c *collector, from time.Time) error {
	for n := range exclusionRequests {
		minute := from.Add(time.Duration(n) * time.Minute)
		var x exclusion
		body := fmt.Sprintf(`{"agreements": ["gold"], "from": %q, "to": %q, "cause": "force-majeure", "reason": "flood %d"}`,
			minute.Format(time.RFC3339), minute.Add(time.Minute).Format(time.RFC3339), n)
		if err := insist(c, "ola", "/api/v1/exclusions", body, &x); err != nil {
			return err
		}
		acts := []string{"approve"}
		if x.revoked() {
			acts = append(acts, "revoke")
		}
		for _, act := range acts {
			if err := insist(c, "ada", "/api/v1/exclusions/"+x.ID+"/"+act, `{"comment": "agreed"}`, &x); err != nil {
				return err
			}
		}
	}
	return nil
}

// insist posts until there is an answer.
func insist(c *collector, who, path, body string, into any) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 12_000 {
		var answered *answerError
		if err := call(c, who, http.MethodPost, path, body, into); err == nil || errors.As(err, &answered) {
			return err
		}
		<-tick.C
	}
	return fmt.Errorf("%s: no answer", path)
}

// answerError is an answer that is an error.
type answerError struct{ status, body string }

func (e *answerError) Error() string { return e.status + " " + e.body }

// call makes a request as somebody and reads the answer.
func call(c *collector, who, method, path, body string, into any) error {
	req, err := http.NewRequest(method, c.url(path), strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+who+"-token")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &answerError{resp.Status, string(b)}
	}
	return json.Unmarshal(b, into)
}
