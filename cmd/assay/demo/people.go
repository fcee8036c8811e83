package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// act is something that people do at an instant.
type act struct {
	at  slo.Instant
	who string
	do  func(context.Context, *office) error
}

// office is from where people talk to the collector.
type office struct {
	base   string // URL of the pages
	http   *http.Client
	tokens map[string]string           // by who has it
	who    string                      // who talks now
	rounds func(context.Context) error // has the collector do what it does now and then by itself
	sink   *sink                       // of the mails that customers get
}

// call asks the API and reads the answer.
func (o *office) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+o.tokens[o.who])
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	switch {
	case resp.StatusCode == http.StatusConflict:
		return &conflict{string(answer)}
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("%s %s of %s: %s: %.300s", method, path, o.who, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// conflict is the error of what cannot be done any more.
type conflict struct{ said string }

// Error is what the collector said.
func (c *conflict) Error() string { return c.said }

// acts are what people do about the trouble of a year, and of themselves, in the
// order of time.
func (y *year) acts() []act {
	r := rand.New(rand.NewPCG(y.seed, 9001))
	var all []act
	for i := range y.troubles {
		all = append(all, y.troubles[i].acts()...)
	}
	for _, list := range [][]act{y.registers(), y.rated(), y.improved(), y.held(), y.problems(), y.changes(), y.exclusions(), y.drills(), y.requests(r), y.mails(r)} {
		all = append(all, list...)
	}
	all = slices.DeleteFunc(all, func(a act) bool { return !y.has(a.at) })
	slices.SortStableFunc(all, func(x, z act) int { return int(x.at - z.at) })
	return all
}
