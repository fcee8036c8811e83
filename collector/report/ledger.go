package report

import (
	"encoding/json"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Ledger is what the collector's ledger has of the report's windows, and the
// checkpoint by which whoever has the report can hold the ledger to it.
type Ledger struct {
	Checkpoint Checkpoint `json:"checkpoint"`
	Standing   string     `json:"standing"` // why the month is final, or not yet: running, waiting, watermarks or grace
	Waiting    []string   `json:"waiting"`  // agents that have not delivered all of it
	Sealed     []Sealed   `json:"sealed"`   // in the order of Report.Objectives, oldest window first
	Unsealed   []string   `json:"unsealed"` // objectives with a window that is final and not sealed yet
}

// Checkpoint says what the ledger was when the report was made.
type Checkpoint struct {
	Size  int64       `json:"size"` // entries
	Root  string      `json:"root"` // of the Merkle tree over them, hexadecimal
	At    slo.Instant `json:"at"`
	Epoch int64       `json:"epoch"`
	Key   string      `json:"verifier_key"`
	Note  string      `json:"note"` // the signed checkpoint, whole
}

// Sealed is a window of an objective whose figure is in the ledger.
type Sealed struct {
	Objective    string       `json:"objective"`
	Of           slo.Interval `json:"of"`
	Entry        int64        `json:"entry"`
	At           slo.Instant  `json:"at"`
	Availability *json.Number `json:"availability"` // as it was sealed, in percent; null without data
	Restated     []Restated   `json:"restated"`     // oldest first
	// Differs says that the report's own figures are not the newest of these,
	// such as under a later catalogue.
	Differs bool `json:"differs"`
}

// Restated is a correction of a sealed figure.
type Restated struct {
	Entry        int64        `json:"entry"`
	At           slo.Instant  `json:"at"`
	Reason       string       `json:"reason"`
	Exclusion    string       `json:"exclusion,omitempty"` // that was approved or revoked, where that is why
	Availability *json.Number `json:"availability"`
}

// RestatedTerms is the Restated.Reason of terms that were edited while they were
// in force.
const RestatedTerms = "terms_edited"

// ledger says in the annex what the ledger has.
func (p *page) ledger() {
	l, w := p.r.Ledger, p.w
	if l == nil {
		return
	}
	add := func(name, value string) {
		if value != "" {
			p.Annex = append(p.Annex, pair{Key: "annex." + name, Label: w.t("annex." + name), Value: value})
		}
	}
	var waiting, sealed, restated, differing []string
	for _, agent := range l.Waiting {
		waiting = append(waiting, clean(agent, p.name))
	}
	add("waiting", w.list(p.few(waiting)))
	var unsealed []string
	for _, objective := range l.Unsealed {
		unsealed = append(unsealed, clean(objective, p.name))
	}
	add("unsealed", w.list(p.few(unsealed)))
	for _, s := range l.Sealed {
		name := clean(s.Objective, p.name)
		if !p.r.Identity.Period.is(s.Of) {
			name = w.t("annex.sealed.window", name, p.clock.dates(s.Of))
		}
		sealed = append(sealed, w.t("annex.sealed.of", name, w.sealed(s.Availability), s.Entry))
		for _, r := range s.Restated {
			restated = append(restated, p.restated(name, &r))
		}
		if s.Differs {
			differing = append(differing, name)
		}
	}
	add("sealed", w.apart(p.few(sealed)))
	add("restated", w.apart(p.few(restated)))
	if len(differing) > 0 {
		add("differs", w.t("annex.differs.of", w.list(p.few(differing))))
	}
	add("checkpoint", w.t("annex.checkpoint.of", l.Checkpoint.Size, inGroups(l.Checkpoint.Root), p.clock.moment(l.Checkpoint.At)))
}

// restated says what a figure was corrected to, and why.
func (p *page) restated(name string, r *Restated) string {
	figure, at := p.w.sealed(r.Availability), p.clock.moment(r.At)
	switch {
	case r.Exclusion != "":
		return p.w.t("annex.restated.excluded", name, figure, at, r.Entry, clean(r.Exclusion, p.name))
	case r.Reason == RestatedTerms:
		return p.w.t("annex.restated.terms", name, figure, at, r.Entry)
	}
	return p.w.t("annex.restated.of", name, figure, at, r.Entry)
}

// apart lists what has commas of its own.
func (w words) apart(list []string) string { return strings.Join(list, w.t("list.apart")) }

// inGroups is a hash in groups of eight digits, between which a line may end.
func inGroups(hash string) string {
	var out []string
	for len(hash) > 8 {
		out, hash = append(out, hash[:8]), hash[8:]
	}
	return strings.Join(append(out, hash), " ")
}

// is reports whether the period is an interval.
func (p Period) is(v slo.Interval) bool { return p.Interval == v }

// sealed is a figure as the ledger has it.
func (w words) sealed(availability *json.Number) string {
	if availability == nil {
		return w.t("annex.sealed.none")
	}
	return w.t("percent", availability.String())
}

// few is the beginning of a list, with how many more there are.
func (p *page) few(list []string) []string {
	if n := len(list) - p.windows; n > 0 {
		return append(append([]string{}, list[:p.windows]...), p.w.n("detail.more", n))
	}
	return list
}
