package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// chainOf adds catalogues to a chain, an hour after each other from t0 on, by
// way of what their entries say.
func chainOf(t *testing.T, catalogs ...*slo.Catalog) *Chain {
	t.Helper()
	chain := &Chain{}
	var before *slo.Catalog
	for i, c := range catalogs {
		entry := &Catalogue{Revision: c.Revision, Changed: chain.Changed(before, c)}
		b, err := Entry{int64(i), int64(i) + 1, t0, Self, entry}.Encode()
		must(t, err)
		read, err := Decode(b)
		must(t, err)
		must(t, chain.Add(t0.Add(time.Duration(i)*time.Hour), read.Body.(*Catalogue), nil))
		before = c
	}
	return chain
}

func probed(revision string, probes ...*slo.Probe) *slo.Catalog {
	return &slo.Catalog{Revision: revision, Probes: probes}
}

// Entries give back the parameters of every catalogue, and say of each only what
// it changed.
func TestChainParameters(t *testing.T) {
	web := func(every time.Duration, q slo.Quorum) *slo.Probe {
		return &slo.Probe{Name: "web", Every: every, Timeout: time.Second, Hold: 3 * every, Confirm: 2, Locations: slo.Locations{From: []string{"eu", "us"}, Quorum: q, Min: 1}}
	}
	db := &slo.Probe{Name: "db", Every: time.Minute, Timeout: time.Second, Hold: time.Hour, Confirm: 1}
	catalogs := []*slo.Catalog{
		probed("a", web(time.Minute, slo.Majority)), probed("b", db, web(time.Minute, slo.Majority)), probed("c", db),
		probed("d", web(time.Hour, 2)), probed("a", web(time.Minute, slo.Majority)), probed("e", web(time.Minute, slo.Any)),
	}
	chain := chainOf(t, catalogs...)
	var told []int
	for _, e := range chain.entries {
		told = append(told, len(e.Changed.Probes))
	}
	if diff := cmp.Diff([]int{1, 1, 0, 1, 1, 1}, told); diff != "" {
		t.Errorf("probes in the entries: %s", diff)
	}
	r := chain.Revisions()
	for i, want := range []time.Duration{time.Minute, time.Minute, time.Minute, time.Hour, time.Minute, time.Minute} {
		at := t0.Add(time.Duration(i) * time.Hour)
		got := r.Ever(catalogs[0].Probes[0], slo.Interval{From: at, To: at + 1})
		if len(got) != 1 || got[0].Every != want {
			t.Errorf("in force with catalogue %d: %+v", i, got)
		}
	}
	if got := r.During(slo.Interval{From: t0.Add(90 * time.Minute), To: t0.Add(3 * time.Hour)}); fmt.Sprint(got) != fmt.Sprint([]slo.InForce{{Revision: "b", From: t0.Add(time.Hour)}, {Revision: "c", From: t0.Add(2 * time.Hour)}}) {
		t.Errorf("in force: %v", got)
	}
	if got := r.During(slo.Interval{From: t0 - 9, To: t0 - 1}); len(got) != 1 || got[0].Revision != "a" {
		t.Errorf("before the first: %v", got)
	}
	more := chain.Clone()
	must(t, more.Add(t0.Add(9*time.Hour), &Catalogue{Revision: "f"}, catalogs[3]))
	if n, m := len(chain.Revisions().During(slo.Interval{From: t0, To: t0.Add(99 * time.Hour)})), len(more.Revisions().During(slo.Interval{From: t0, To: t0.Add(99 * time.Hour)})); n != 6 || m != 7 {
		t.Errorf("%d and %d catalogues: a clone is not its own", n, m)
	}
}

// An announcement is believed as far back as every catalogue carried it.
func TestBelieving(t *testing.T) {
	long := t0.Add(-1000 * time.Hour)
	work := func(from time.Duration, announced *slo.Instant) *slo.Maintenance {
		return &slo.Maintenance{Name: "work", Services: []string{"shop"}, Announced: announced, Once: &slo.Interval{From: t0.Add(from), To: t0.Add(from + time.Hour)}}
	}
	notice := time.Duration(0)
	with := func(revision string, list ...*slo.Maintenance) *slo.Catalog {
		return &slo.Catalog{Revision: revision, Maintenances: list, Agreements: []*slo.Agreement{{Name: "gold", Service: "shop", Zone: time.UTC, MaintenanceNotice: &notice}}}
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		name     string
		catalogs []*slo.Catalog
		carried  int           // versions of it that are known in the last
		notice   time.Duration // the longest that is kept, in whole hours; below 0: none
	}{
		{"carried from the first on", []*slo.Catalog{with("a", work(day, &long)), with("b", work(day, &long))}, 1, day},
		{"carried from the second on", []*slo.Catalog{with("a"), with("b", work(day, &long)), with("c", work(day, &long))}, 1, day - time.Hour},
		{"moved: what was announced before is other work", []*slo.Catalog{with("a", work(day, &long)), with("b", work(2*day, &long))}, 2, 2*day - time.Hour},
		{"withdrawn and back", []*slo.Catalog{with("a", work(day, &long)), with("b"), with("c", work(day, &long))}, 3, day - 2*time.Hour},
		{"first without a word of when", []*slo.Catalog{with("a", work(day, nil)), with("b", work(day, &long))}, 2, day - time.Hour},
		{"never announced", []*slo.Catalog{with("a", work(day, nil))}, 0, -1},
	} {
		open := func(e *Catalogue) (*slo.Catalog, error) {
			for _, x := range c.catalogs {
				if x.Revision == e.Revision {
					return x, nil
				}
			}
			return nil, errors.New("not kept")
		}
		last := c.catalogs[len(c.catalogs)-1]
		got := chainOf(t, c.catalogs...).Believing(last, open)
		m := got.Maintenances[0]
		if len(m.Carried) != c.carried {
			t.Errorf("%s: %d versions, want %d", c.name, len(m.Carried), c.carried)
		}
		kept := time.Duration(-1)
		for hours := range 60 {
			notice = time.Duration(hours) * time.Hour
			v := slo.Interval{From: m.Once.From, To: m.Once.To}
			agreed := slo.NewAgreed(got.Agreements[0], got.Maintenances, v)
			if _, excluded := agreed.In(v); excluded > 0 {
				kept = notice
			}
		}
		if kept != c.notice {
			t.Errorf("%s: a notice of %s is kept, want %s", c.name, kept, c.notice)
		}
	}
}

// What no probe can have is no entry.
func TestChangedIsBounded(t *testing.T) {
	good := ProbeParameters{"web", 1000, 1000, 1000, 1, nil, "any", 1}
	for _, spoil := range []func(*ProbeParameters){
		func(p *ProbeParameters) { p.EveryMS = 0 }, func(p *ProbeParameters) { p.HoldMS = 1 << 62 }, func(p *ProbeParameters) { p.Confirm = 0 },
		func(p *ProbeParameters) { p.Quorum = "-3" }, func(p *ProbeParameters) { p.Quorum = "some" }, func(p *ProbeParameters) { p.TimeoutMS = -1 },
	} {
		p := good
		spoil(&p)
		if (&Changed{Probes: []ProbeParameters{p}}).check() == nil {
			t.Errorf("%+v is taken", p)
		}
	}
	if err := (&Changed{Probes: []ProbeParameters{good}}).check(); err != nil {
		t.Error(err)
	}
}
