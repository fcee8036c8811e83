package slo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// estate is a shop that depends on a store, which depends on a network, and a
// mail service beside them.
func estate() *Catalog {
	return &Catalog{Services: []*Service{
		{Name: "mail"}, {Name: "network", DependsOn: []string{"shop"}}, // a circle ends somewhere too
		{Name: "shop", DependsOn: []string{"store"}}, {Name: "store", DependsOn: []string{"network"}},
	}}
}

func TestChangeCandidates(t *testing.T) {
	change := func(id string, from, to int, services ...string) ChangeRecord {
		return ChangeRecord{ID: id, ChangeTerms: ChangeTerms{Services: services, Interval: Interval{second(from), second(to)}}}
	}
	gone := change("gone", 0, 60, "shop")
	gone.Events = []ChangeEvent{{Act: WithdrawChange}}
	const hour, day = 3600, 86400
	list := []ChangeRecord{
		change("network", 9*hour+3000, 9*hour+3300, "network"), change("store", 6*hour, 7*hour, "store", "mail"), change("shop-old", 0, 6*hour+1, "shop"), change("shop-late", 10*hour+590, 10*hour+600, "shop"),
		change("mail", 9*hour, 9*hour, "mail"), change("too-old", 0, 6*hour, "shop"), change("too-late", 10*hour+601, day, "shop"), gone,
	}
	i := &Incident{ID: "i", Service: "shop", Trigger: ServiceDown, Began: second(10 * hour)}
	got := ""
	for _, c := range estate().ChangeCandidates(i, list) {
		got += fmt.Sprintf("%s by %s at %d, %s; ", c.ID, c.Service, c.Hops, c.Before)
	}
	if want := "shop-late by shop at 0, -9m50s; shop-old by shop at 0, 10h0m0s; store by store at 1, 4h0m0s; network by network at 2, 10m0s; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	part := *i
	part.Work.Parent = "other"
	if got := estate().ChangeCandidates(&part, list); got != nil {
		t.Errorf("of a part: %+v", got)
	}
	if got := estate().ChangeCandidates(&Incident{Trigger: AgentSilent, Began: second(10 * hour)}, list); got != nil {
		t.Errorf("of no service: %+v", got)
	}
	many := slices.Repeat(list[2:3], 30)
	if got := estate().ChangeCandidates(i, many); len(got) != MaxChangeCandidates {
		t.Errorf("%d candidates", len(got))
	}
}

// Whatever the graph, a candidate is one by the rule written out, and its
// distance is the shortest.
func TestChangeCandidatesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e"}
		c := &Catalog{}
		for _, n := range names {
			c.Services = append(c.Services, &Service{Name: n, DependsOn: rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "on")})
		}
		// Floyd and Warshall: too simple to be wrong.
		const far = 99
		dist := map[[2]string]int{}
		for _, s := range c.Services {
			for _, n := range names {
				dist[[2]string{s.Name, n}] = far
			}
			for _, d := range s.DependsOn {
				dist[[2]string{s.Name, d}] = 1
			}
			dist[[2]string{s.Name, s.Name}] = 0
		}
		for _, k := range names {
			for _, a := range names {
				for _, b := range names {
					dist[[2]string{a, b}] = min(dist[[2]string{a, b}], dist[[2]string{a, k}]+dist[[2]string{k, b}])
				}
			}
		}
		i := &Incident{Service: rapid.SampledFrom(names).Draw(t, "incident"), Began: second(0)}
		from := rapid.IntRange(-20000, 2000).Draw(t, "from")
		x := ChangeRecord{ChangeTerms: ChangeTerms{Services: rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(t, "services"),
			Interval: Interval{second(from), second(from + rapid.IntRange(0, 4000).Draw(t, "took"))}}}
		want := far
		for _, s := range x.Services {
			want = min(want, dist[[2]string{i.Service, s}])
		}
		near := i.Began >= x.From.Add(-10*time.Minute) && i.Began < x.To.Add(4*time.Hour)
		got := c.ChangeCandidates(i, []ChangeRecord{x})
		if (len(got) == 1) != (near && want < far) || len(got) == 1 && got[0].Hops != want {
			t.Fatalf("%+v, model says near %v, %d away", got, near, want)
		}
		window := NearChanges(i.Began)
		if len(got) == 1 && (x.From > window.To || x.To < window.From) {
			t.Fatalf("%v is not asked for by %v", x.Interval, window)
		}
	})
}

func TestJudgeChange(t *testing.T) {
	x := ChangeRecord{ID: "c-1", Key: "ci/1", ChangeTerms: ChangeTerms{Kind: Release, Services: []string{"store"}, Interval: Interval{second(0), second(600)}}}
	incident := func(id, service string, began int, edit func(*Incident)) Incident {
		i := Incident{ID: id, Service: service, Trigger: ServiceDown, Began: second(began), Downtime: time.Minute}
		edit(&i)
		return i
	}
	plain := func(*Incident) {}
	link := func(id string) func(*Incident) {
		return func(i *Incident) { i.Work.Links = []IncidentLink{{Kind: ChangeLink, ID: id}} }
	}
	said := func(act ChangeAct) []ChangeEvent { return []ChangeEvent{{Act: act}} }
	for name, c := range map[string]struct {
		at        int
		events    []ChangeEvent
		incidents []Incident
		want      ChangeOutcome
	}{
		"too early":              {at: 700, want: ChangePending},
		"in peace":               {at: 86400, want: ChangeSucceeded},
		"near":                   {at: 700, incidents: []Incident{incident("i", "shop", 650, plain)}, want: ChangeUnsettled},
		"elsewhere":              {at: 86400, incidents: []Incident{incident("i", "mail", 650, plain)}, want: ChangeSucceeded},
		"in the future":          {at: 640, incidents: []Incident{incident("i", "shop", 650, plain)}, want: ChangePending},
		"disproved":              {at: 86400, incidents: []Incident{incident("i", "shop", 650, func(i *Incident) { i.Resolved, i.Downtime = second(900), 0 })}, want: ChangeSucceeded},
		"part of another's":      {at: 86400, incidents: []Incident{incident("i", "shop", 650, func(i *Incident) { i.Work.Parent = "j" })}, want: ChangeSucceeded},
		"tied by ID, far away":   {at: 90000, incidents: []Incident{incident("i", "mail", 86400, link("c-1"))}, want: ChangeFailed},
		"tied by key":            {at: 700, incidents: []Incident{incident("i", "shop", 650, link("ci/1"))}, want: ChangeFailed},
		"another one was tied":   {at: 700, incidents: []Incident{incident("i", "shop", 650, link("c-2"))}, want: ChangeUnsettled},
		"said, near or not":      {at: 700, events: said(SucceedChange), incidents: []Incident{incident("i", "shop", 650, link("c-1"))}, want: ChangeSucceeded},
		"said that it failed":    {at: 700, events: said(FailChange), want: ChangeFailed},
		"a ticket near it":       {at: 700, incidents: []Incident{incident("i", "shop", 650, func(i *Incident) { i.Trigger, i.Downtime = BurnRate, 0 })}, want: ChangeUnsettled},
		"of no service, near it": {at: 86400, incidents: []Incident{incident("i", "", 650, plain)}, want: ChangeSucceeded},
	} {
		y := x
		y.Events = c.events
		if got := estate().JudgeChange(&y, c.incidents, second(c.at)); got.Outcome != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

func TestChangeRate(t *testing.T) {
	var r ChangeRate
	if rate, worst := r.Rate(); rate.Valid() || worst.Valid() {
		t.Error("a rate of nothing")
	}
	for _, o := range []ChangeOutcome{ChangeFailed, ChangeSucceeded, ChangeSucceeded, ChangeUnsettled, ChangePending} {
		r.Count(&ChangeRecord{}, o)
	}
	r.Count(&ChangeRecord{Events: []ChangeEvent{{Act: WithdrawChange}}}, ChangeFailed)
	if rate, worst := r.Rate(); rate.Percent(1) != "25" || worst.Percent(1) != "50" {
		t.Errorf("%+v: %s, %s", r, rate.Percent(1), worst.Percent(1))
	}
}

// Around a change stands what the arithmetic says of those stretches.
func TestAroundChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		a := w.catalog.Agreements[0]
		h := NewHistory(w.catalog)
		for _, s := range w.said {
			h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
		}
		h.Settle()
		acc := NewAccount(a, LaidOver(Interval{second(-90000), second(90000)}, w.catalog.Maintenances), h)
		from := rapid.IntRange(0, worldSeconds).Draw(t, "from")
		x := &ChangeRecord{ChangeTerms: ChangeTerms{Interval: Interval{second(from), second(from + 7)}}}
		at := second(from + 7 + rapid.IntRange(0, 50).Draw(t, "known"))
		got := acc.Around(x, at)
		if at == x.To != (len(got) == 0) && len(a.Objectives) > 0 && a.Objectives[0].Method != ByOutages {
			t.Fatalf("%d effects at %s of a change that ends at %s", len(got), at, x.To)
		}
		for _, e := range got {
			if e.Before.To != x.From || e.After.From != x.To || e.After.To != at || e.Before.Length() != ChangeAround {
				t.Fatalf("%+v", e)
			}
			for _, o := range a.Objectives {
				if o.Name != e.Objective {
					continue
				}
				o.Window = Window{Rolling: e.After.Length()}
				st := acc.Status(&o, at, at)
				if (e.After.Availability == nil) == st.Availability.Valid() || e.After.Availability != nil && string(*e.After.Availability) != st.Availability.Percent(6) {
					t.Fatalf("%+v, the status says %s", e.After, st.Availability.Percent(6))
				}
			}
		}
	})
}
