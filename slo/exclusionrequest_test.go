package slo

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// asked is a request of ola's about an hour.
func asked() ExclusionRequest {
	r := ExclusionRequest{
		Agreements: []string{"gold"}, Interval: Interval{second(3600), second(7200)}, Cause: ForceMajeure, Reason: "a flood",
		RequestedBy: "ola", RequestedAt: second(9000), Entry: 3,
	}
	r.ID = r.ExclusionID()
	return r
}

func TestExclusionDecisions(t *testing.T) {
	act := func(actor string, a ExclusionAct) ExclusionDecision {
		return ExclusionDecision{Act: a, Actor: actor, Comment: "so"}
	}
	approved, rejected := act("ada", ApproveExclusion), act("ada", RejectExclusion)
	withdrawn, revoked := act("ola", WithdrawExclusion), act("bob", RevokeExclusion)
	silent := func(d ExclusionDecision) ExclusionDecision { d.Comment = " \n"; return d }
	for _, c := range []struct {
		name string
		done []ExclusionDecision
		next ExclusionDecision
		err  error
		then ExclusionState
	}{
		{"approve", nil, approved, nil, ExclusionApproved},
		{"reject", nil, rejected, nil, ExclusionRejected},
		{"withdraw", nil, withdrawn, nil, ExclusionWithdrawn},
		{"withdraw without a word", nil, silent(withdrawn), nil, ExclusionWithdrawn},
		{"revoke", []ExclusionDecision{approved}, revoked, nil, ExclusionRevoked},
		{"who asked revokes", []ExclusionDecision{approved}, act("ola", RevokeExclusion), nil, ExclusionRevoked},
		{"approve one's own", nil, act("ola", ApproveExclusion), OwnRequest, ExclusionPending},
		{"reject one's own", nil, act("ola", RejectExclusion), OwnRequest, ExclusionPending},
		{"withdraw another's", nil, act("ada", WithdrawExclusion), NotRequester, ExclusionPending},
		{"approve without a word", nil, silent(approved), BadComment, ExclusionPending},
		{"revoke without a word", []ExclusionDecision{approved}, silent(revoked), BadComment, ExclusionApproved},
		{"a long word", nil, ExclusionDecision{Act: ApproveExclusion, Actor: "ada", Comment: strings.Repeat("x", MaxExclusionComment+1)}, BadComment, ExclusionPending},
		{"approve twice", []ExclusionDecision{approved}, act("bob", ApproveExclusion), NotPending, ExclusionApproved},
		{"approve what is rejected", []ExclusionDecision{rejected}, approved, NotPending, ExclusionRejected},
		{"approve what is withdrawn", []ExclusionDecision{withdrawn}, approved, NotPending, ExclusionWithdrawn},
		{"approve what is revoked", []ExclusionDecision{approved, revoked}, approved, NotPending, ExclusionRevoked},
		{"withdraw what is approved", []ExclusionDecision{approved}, withdrawn, NotPending, ExclusionApproved},
		{"revoke what is pending", nil, revoked, NotApproved, ExclusionPending},
		{"revoke twice", []ExclusionDecision{approved, revoked}, act("ada", RevokeExclusion), NotApproved, ExclusionRevoked},
		{"nonsense", nil, act("ada", "applaud"), NoSuchAct, ExclusionPending},
	} {
		r := asked()
		for i, d := range c.done {
			d.Entry = int64(10 * (i + 1))
			var err error
			if r, err = r.Decide(d); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		got, err := r.Decide(c.next)
		if !errors.Is(err, c.err) || got.State() != c.then || len(r.Decisions) != len(c.done) {
			t.Errorf("%s: %v and %s, want %v and %s", c.name, err, got.State(), c.err, c.then)
		}
		if err == nil && (!got.Has(c.next) || r.Has(c.next)) {
			t.Errorf("%s: it does not know the same decision again", c.name)
		}
	}
}

// What counts is what was decided up to an entry.
func TestExclusionUntil(t *testing.T) {
	r := asked()
	for _, d := range []ExclusionDecision{{Act: ApproveExclusion, Actor: "ada", Comment: "so", At: second(9100), Entry: 10}, {Act: RevokeExclusion, Actor: "bob", Comment: "no", Entry: 20}} {
		var err error
		if r, err = r.Decide(d); err != nil {
			t.Fatal(err)
		}
	}
	for entry, want := range map[int64]bool{0: false, 9: false, 10: true, 19: true, 20: false, 99: false} {
		x := r.Exclusion(entry)
		if (x != nil) != want {
			t.Errorf("up to entry %d: %v", entry, x)
		}
		if x != nil && (x.Name != r.ID || x.ApprovedBy != "ada" || *x.ApprovedAt != second(9100) || *x.RequestedAt != r.RequestedAt) {
			t.Errorf("%+v", x)
		}
	}
}

func TestExclusionChecks(t *testing.T) {
	const keep = 24 * time.Hour
	for _, c := range []struct {
		name   string
		change func(*ExclusionRequest)
		want   error
	}{
		{"fine", func(*ExclusionRequest) {}, nil},
		{"up to now", func(r *ExclusionRequest) { r.To = second(9000) }, nil},
		{"backwards", func(r *ExclusionRequest) { r.To = r.From }, ExclusionEmpty},
		{"ahead", func(r *ExclusionRequest) { r.To = second(9001) }, ExclusionAhead},
		{"long ago", func(r *ExclusionRequest) { r.From = second(9000).Add(-keep) - 1 }, ExclusionTooOld},
		{"too long", func(r *ExclusionRequest) { r.From = r.To.Add(-MaxExclusion) - 1 }, ExclusionTooLong},
		{"of nothing", func(r *ExclusionRequest) { r.Agreements = nil }, ExclusionAgreements},
		{"of too much", func(r *ExclusionRequest) { r.Agreements = make([]string, MaxExclusionAgreements+1) }, ExclusionAgreements},
		{"for nothing", func(r *ExclusionRequest) { r.Reason = " " }, ExclusionReasons},
		{"for what nobody sees", func(r *ExclusionRequest) { r.Reason = "\u200b\u2800\u3164." }, ExclusionReasons},
		{"for too much", func(r *ExclusionRequest) { r.Reason = strings.Repeat("x", MaxExclusionReason+1) }, ExclusionReasons},
	} {
		r := asked()
		c.change(&r)
		if err := r.Check(second(9000), keep); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// The ID follows from what is asked and by whom, and from nothing else.
func TestExclusionIDs(t *testing.T) {
	first := asked()
	ids := map[string]string{first.ID: "first"}
	for name, change := range map[string]func(*ExclusionRequest){
		"agreements": func(r *ExclusionRequest) { r.Agreements = []string{"go", "ld"} },
		"from":       func(r *ExclusionRequest) { r.From++ },
		"to":         func(r *ExclusionRequest) { r.To++ },
		"cause":      func(r *ExclusionRequest) { r.Cause = CausedByCustomer },
		"reason":     func(r *ExclusionRequest) { r.Reason = "a flood." },
		"by":         func(r *ExclusionRequest) { r.RequestedBy = "ada" },
		"shifted":    func(r *ExclusionRequest) { r.Reason, r.RequestedBy = "a floodo", "la" },
	} {
		r := asked()
		change(&r)
		if other := ids[r.ExclusionID()]; other != "" || r.Same(&first) {
			t.Errorf("with another %s it has the ID of %s", name, other)
		}
		ids[r.ExclusionID()] = name
	}
	later := asked()
	later.RequestedAt, later.Entry = second(99999), 7
	if later.ExclusionID() != first.ID || !later.Same(&first) {
		t.Error("asked later it is another one")
	}
}

// What requests exclude is what the same exclusions in the catalogue do, however
// often they are put in force; its own exclusions stay, and the agreements for
// which nothing changes.
func TestExcludingModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c"}
		own := &Exclusion{Name: "own", Interval: Interval{second(1), second(2)}}
		c := &Catalog{Revision: "r"}
		for _, n := range names {
			a := &Agreement{Name: n}
			if rapid.Bool().Draw(t, "own") {
				a.Exclusions = []*Exclusion{own}
			}
			c.Agreements = append(c.Agreements, a)
		}
		var list []ExclusionRequest
		entry := int64(1)
		for i := range rapid.IntRange(0, 4).Draw(t, "requests") {
			r := asked()
			r.Reason = strings.Repeat("x", i+1)
			r.Agreements = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(append(names, "gone")), 1, 3).Draw(t, "of"))))
			r.ID = r.ExclusionID()
			for _, d := range []ExclusionDecision{{Act: ApproveExclusion, Actor: "ada", Comment: "so"}, {Act: RevokeExclusion, Actor: "ada", Comment: "no"}} {
				if rapid.Bool().Draw(t, "decided") {
					d.Entry, entry = entry, entry+1
					if next, err := r.Decide(d); err == nil {
						r = next
					}
				}
			}
			list = append(list, r)
		}
		until := rapid.Int64Range(0, entry).Draw(t, "until")
		got := c.Excluding(list, entry).Excluding(list, until)
		for i, a := range got.Agreements {
			var want []string
			for _, x := range c.Agreements[i].Exclusions {
				want = append(want, x.Name)
			}
			for _, r := range list {
				if r.Exclusion(until) != nil && slices.Contains(r.Agreements, a.Name) {
					want = append(want, r.ID)
				}
			}
			slices.Sort(want)
			var have []string
			for _, x := range a.Exclusions {
				have = append(have, x.Name)
			}
			if !slices.Equal(have, want) || got.Revision != "r" {
				t.Fatalf("%s has %v, want %v", a.Name, have, want)
			}
		}
		again := got.Excluding(list, until)
		if again != got {
			t.Fatal("the same decisions make another catalogue")
		}
	})
}

// The effects are the figures of the agreement with the exclusion and without.
func TestExclusionEffects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		terms := w.catalog.Agreements[0]
		h := NewHistory(w.catalog)
		for _, s := range w.said {
			h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
		}
		h.Settle()
		r := asked()
		from := rapid.IntRange(0, worldSeconds-1).Draw(t, "from")
		r.Interval = Interval{second(from), second(from + rapid.IntRange(1, 100).Draw(t, "length"))}
		with := *terms
		with.Exclusions = append(slices.Clone(terms.Exclusions), &Exclusion{Name: r.ID, Interval: r.Interval, Cause: r.Cause})
		layout := func(v Interval) Layout { return LaidOver(v, w.catalog.Maintenances) }
		open := func(a *Agreement, v Interval) *Account { return NewAccount(a, layout(v), h) }
		at := second(w.t)
		list, omitted := r.Effects(terms, at, MaxExclusionEffects, open)
		if omitted < 0 || len(list) > MaxExclusionEffects {
			t.Fatalf("%d effects, %d omitted", len(list), omitted)
		}
		for _, e := range list {
			for i := range terms.Objectives {
				o := &terms.Objectives[i]
				if o.Name != e.Objective {
					continue
				}
				was, is := open(terms, e.Window).Status(o, at, e.Window.To), open(&with, e.Window).Status(o, at, e.Window.To)
				if e.Before.AgreedMS != ms(was.Agreed) || e.Before.DownMS != ms(was.Down) || e.After.AgreedMS != ms(is.Agreed) || e.After.DownMS != ms(is.Down) {
					t.Fatalf("%s: %+v, want %+v then %+v", o.Name, e, was.Figures, is.Figures)
				}
				if e.Window.Intersect(r.Interval).Empty() {
					t.Fatalf("%v is not touched by %v", e.Window, r.Interval)
				}
			}
		}
	})
}
