package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
)

// excluded CATALOGUE DATA has ola ask, in a data folder that sealed left, for
// the exclusion of the outage there, and ada approve it, until what was sealed
// is restated.
func excluded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: excluded CATALOGUE DATA")
	}
	lines := ""
	for name, role := range map[string]string{"ola": "operator", "ada": "approver"} {
		lines += fmt.Sprintf("- {name: %s, sha256: %x, role: %s}\n", name, sha256.Sum256([]byte(name+"-token")), role)
	}
	tokens := ts.MkAbs("tokens.yaml")
	ts.Check(os.WriteFile(tokens, []byte(lines), 0o600))
	cfg, err := collector.Config{
		Catalogue: ts.MkAbs(args[0]), Data: ts.MkAbs(args[1]), Listen: "127.0.0.1:0", Tokens: tokens,
		Agents: collector.AgentsConfig{Listen: "127.0.0.1:0"},
	}.Complete()
	ts.Check(err)
	at := slo.At(time.Date(2026, 11, 1, 13, 0, 0, 0, time.UTC))
	ts.Check(during(cfg, at, exclude))
}

func exclude(c *collector.Collector) error {
	var asked struct{ ID string }
	err := callAs(c, "ola", http.MethodPost, "/api/v1/exclusions",
		`{"agreements": ["gold"], "from": "2026-10-31T10:00:00Z", "to": "2026-10-31T10:10:00Z", "cause": "force-majeure", "reason": "a flood"}`, &asked)
	if err == nil {
		err = callAs(c, "ada", http.MethodPost, "/api/v1/exclusions/"+asked.ID+"/approve", `{"comment": "seen the letter"}`, &asked)
	}
	if err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1500 {
		var got struct{ Entries []json.RawMessage }
		if err := callAs(c, "ola", http.MethodGet, "/api/v1/ledger/entries?kind=restatement", "", &got); err != nil || len(got.Entries) > 0 {
			return err
		}
		<-tick.C
	}
	return errors.New("nothing was restated")
}

// callAs makes a request as the holder of a token, and reads the answer.
func callAs(c *collector.Collector, who, method, path, body string, into any) error {
	req, err := http.NewRequest(method, "http://"+c.Addr()+path, strings.NewReader(body))
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
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s %s", method, path, resp.Status, b)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
