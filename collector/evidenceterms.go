package collector

import (
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// termsInForce are the catalogues that were in force in a period, and the
// versions of each agreement that were.
type termsInForce struct {
	period   slo.Interval
	any      bool          // a catalogue on record can be read
	loaded   []loadedTerms // oldest first: the last of before the period, and those of it
	versions []*agreementVersion
	newest   map[string]*agreementVersion // of each agreement that the catalogue read last has, by name
	count    map[string]int               // of all versions that there ever were, by name
}

// loadedTerms are a catalogue and when it was taken into force.
type loadedTerms struct {
	at slo.Instant
	*slo.Catalog
}

// agreementVersion is an agreement as it was until its terms changed.
type agreementVersion struct {
	*slo.Agreement
	number      int   // from 1
	entry       int64 // of the ledger: the catalogue that brought it
	from, until slo.Instant
	terms       string // equal for equal terms
}

// take goes on with the next catalogue on record.
func (t *termsInForce) take(at slo.Instant, entry int64, c *slo.Catalog) {
	if t.newest == nil {
		t.newest, t.count = map[string]*agreementVersion{}, map[string]int{}
	}
	t.any = true
	if at <= t.period.From {
		t.loaded = t.loaded[:0]
	}
	if at < t.period.To {
		t.loaded = append(t.loaded, loadedTerms{at, c})
	}
	newest := map[string]*agreementVersion{}
	for _, a := range c.Agreements {
		was, terms := t.newest[a.Name], fmt.Sprint(agreementPage(evidence.English, a))
		if was == nil || was.terms != terms {
			t.count[a.Name]++
			v := &agreementVersion{a, t.count[a.Name], entry, at, 0, terms}
			t.versions = append(t.versions, v)
			newest[a.Name] = v
			continue
		}
		newest[a.Name] = was
	}
	for name, was := range t.newest {
		if newest[name] != was {
			was.until = at
		}
	}
	t.newest = newest
	t.versions = slices.DeleteFunc(t.versions, func(v *agreementVersion) bool {
		return v.until != 0 && v.until <= t.period.From || v.from >= t.period.To
	})
}

// at is the catalogue that was in force at an instant of the period, or the
// first of it; nil where there was none.
func (t *termsInForce) at(i slo.Instant) *slo.Catalog {
	if len(t.loaded) == 0 {
		return nil
	}
	c := t.loaded[0].Catalog
	for _, l := range t.loaded {
		if l.at <= i {
			c = l.Catalog
		}
	}
	return c
}
