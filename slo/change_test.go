package slo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// deploy is a release of the shop, told of when it was done.
func deploy() ChangeRecord {
	c := ChangeRecord{Key: "ci/17", Source: ChangeByAPI, RecordedBy: "ci", RecordedAt: second(600), ChangeTerms: ChangeTerms{
		Kind: Release, Services: []string{"shop"}, Interval: Interval{second(0), second(600)}, Summary: "shop 1.4.0", By: "ada", Link: "https://ci.example/17",
	}}
	c.ID = c.ChangeID()
	return c
}

func TestCheckChange(t *testing.T) {
	at := second(600)
	for want, edit := range map[ChangeRefusal]func(*ChangeRecord){
		"":                   func(*ChangeRecord) {},
		ChangeBadKind:        func(c *ChangeRecord) { c.Kind = "rollout" },
		ChangeBadServices:    func(c *ChangeRecord) { c.Services = nil },
		ChangeBackwards:      func(c *ChangeRecord) { c.To = c.From - 1 },
		ChangeTooLong:        func(c *ChangeRecord) { c.To = c.From.Add(MaxChange + time.Millisecond) },
		ChangeFarAway:        func(c *ChangeRecord) { c.From, c.To = at.Add(-MaxChangePast-1e9), at.Add(-MaxChangePast) },
		ChangeBadSummary:     func(c *ChangeRecord) { c.Summary = "\u3164 " },
		ChangeBadDescription: func(c *ChangeRecord) { c.Description = strings.Repeat("x", MaxChangeDescription+1) },
		ChangeBadAuthor:      func(c *ChangeRecord) { c.By = "" },
		ChangeBadKey:         func(c *ChangeRecord) { c.Key = strings.Repeat("x", MaxChangeName+1) },
		ChangeBadLink:        func(c *ChangeRecord) { c.Link = "javascript:alert(1)" },
		ChangePastWork:       func(c *ChangeRecord) { c.Maintenance = true },
	} {
		c := deploy()
		edit(&c)
		if got := c.Check(at); want == "" && got != nil || want != "" && got != want {
			t.Errorf("%v, want %q", got, want)
		}
	}
	for _, link := range []string{"ftp://a/", "https://", "//a/b", "https://ada:secret@a/", "https://a/b c", "https://a/" + strings.Repeat("x", MaxChangeLink), "https://a/\x7f"} {
		if IsChangeLink(link) {
			t.Errorf("%q is taken", link)
		}
	}
}

// What was told decides the ID: the key alone where there is one.
func TestChangeID(t *testing.T) {
	a, b := deploy(), deploy()
	b.Summary, b.From = "another", 0
	if !strings.HasPrefix(a.ID, "c-") || len(a.ID) != 22 || a.ID != b.ChangeID() {
		t.Errorf("%s, %s", a.ID, b.ChangeID())
	}
	a.Key, b.Key = "", ""
	if a.ChangeID() == b.ChangeID() {
		t.Error("two changes have one ID")
	}
	a.Key = "terms"
	if a.ChangeID() == a.ID {
		t.Error("two keys have one ID")
	}
}

// Telling again says the same whatever times it leaves out, and nothing else.
func TestSameChange(t *testing.T) {
	c := deploy()
	again := c.ChangeTerms
	again.Interval = Interval{}
	if !c.Same(&c.ChangeTerms) || !c.Same(&again) {
		t.Error("it is told again")
	}
	again.To = c.To + 1
	if c.Same(&again) {
		t.Error("the end is another")
	}
	again = c.ChangeTerms
	again.Major = true
	if c.Same(&again) {
		t.Error("it became major")
	}
}

func TestSayOfChange(t *testing.T) {
	type step struct {
		act  ChangeAct
		at   int
		want ChangeRefusal
	}
	for name, c := range map[string]struct {
		maintenance bool
		steps       []step
		gone        bool
		verdict     ChangeAct
	}{
		"a verdict, and another": {steps: []step{{FailChange, 700, ""}, {FailChange, 701, ChangeAlreadySo}, {SucceedChange, 702, ""}}, verdict: SucceedChange},
		"undone":                 {steps: []step{{WithdrawChange, 700, ""}, {FailChange, 701, ChangeIsWithdrawn}, {ReinstateChange, 702, ""}, {ReinstateChange, 703, ChangeNotWithdrawn}}},
		"withdrawn":              {steps: []step{{WithdrawChange, 700, ""}, {WithdrawChange, 701, ChangeIsWithdrawn}}, gone: true},
		"ahead":                  {steps: []step{{FailChange, -1, ChangeAhead}, {SucceedChange, -1, ChangeAhead}}},
		"no such":                {steps: []step{{"explode", 700, ChangeNoSuchAct}, {RecordChange, 700, ChangeNoSuchAct}}},
		"work to come":           {maintenance: true, steps: []step{{WithdrawChange, -20, ""}, {ReinstateChange, -10, ChangeWorkGone}}, gone: true},
		"work under way":         {maintenance: true, steps: []step{{WithdrawChange, 0, ChangeWorkBegun}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := deploy()
			if r.Maintenance = c.maintenance; c.maintenance {
				r.RecordedAt = second(-3600)
			}
			for _, s := range c.steps {
				next, err := r.Add(ChangeEvent{Act: s.act, At: second(s.at), Actor: "ada"})
				if s.want == "" && err != nil || s.want != "" && err != s.want {
					t.Errorf("%s: %v, want %q", s.act, err, s.want)
				}
				r = next
			}
			if r.Withdrawn() != c.gone || r.Verdict() != c.verdict {
				t.Errorf("withdrawn %v, verdict %q", r.Withdrawn(), r.Verdict())
			}
		})
	}
	r := deploy()
	for range MaxChangeEvents {
		act := FailChange
		if r.Verdict() == FailChange {
			act = SucceedChange
		}
		r, _ = r.Add(ChangeEvent{Act: act, At: second(700)})
	}
	if _, err := r.Add(ChangeEvent{Act: WithdrawChange, At: second(700)}); err != ChangeFull {
		t.Errorf("%v after %d events", err, len(r.Events))
	}
}

// Maintenance begins when it was announced at the earliest: it takes nothing
// out of the past.
func TestChangeMaintenance(t *testing.T) {
	c := deploy()
	if !c.Planned().Empty() {
		t.Error("it carries none")
	}
	c.Maintenance, c.RecordedAt = true, second(100)
	if got, want := c.Planned(), (Interval{second(100), second(600)}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	c.RecordedAt = second(-100)
	if got := c.Planned(); got != c.Interval {
		t.Errorf("%v", got)
	}
}

// A record that was written and read again is the same bytes, on which its
// entry in the ledger rests.
func TestChangeIsWrittenTheSame(t *testing.T) {
	c := deploy()
	c.Freezes = []ChangeFreeze{{"gold", "month", "shop", "100", second(9000)}}
	first, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back ChangeRecord
	if err := json.Unmarshal(first, &back); err != nil {
		t.Fatal(err)
	}
	if second, err := json.Marshal(back); err != nil || string(second) != string(first) {
		t.Errorf("%s, was %s (%v)", second, first, err)
	}
}
