package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func reached(objective, action, step string) Step {
	return Step{Service: "shop", Severity: slo.Ticket, Summary: objective + " has used " + step, Link: "https://a.example/",
		Budget: BudgetFacts{Agreement: "gold", Objective: objective, Action: action, Step: step}}
}

func told(events []Event) (out []string) {
	for _, e := range events {
		out = append(out, string(e.Type)+" "+e.Budget.Objective+" "+e.Budget.Step)
	}
	return out
}

func TestStepEvents(t *testing.T) {
	half, freeze, other := reached("month", ActionNotify, "50"), reached("month", ActionFreeze, "100"), reached("week", ActionFreeze, "100")
	later := freeze
	later.Summary, later.Budget.UsedMS = "more is used", 9
	for _, c := range []struct {
		name        string
		before, now []Step
		want        []string
	}{
		{"nothing", nil, nil, nil},
		{"reached", nil, []Step{half, freeze}, []string{"freeze.begun month 100", "budget.reached month 50"}},
		{"still reached", []Step{half, freeze}, []Step{later, half}, nil},
		{"over", []Step{half, freeze, other}, []Step{other}, []string{"freeze.ended month 100"}},
		{"another", []Step{freeze}, []Step{other}, []string{"freeze.ended month 100", "freeze.begun week 100"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := StepEvents(c.before, c.now, t0)
			if diff := cmp.Diff(c.want, told(events)); diff != "" {
				t.Error(diff)
			}
			for _, e := range events {
				if e.Service != "shop" || e.Summary == "" || e.At != t0 || e.Link == "" || e.Subject() != "budget "+e.Budget.key() {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// stepChannels are a channel that wants freezes and one that wants all there
// is to tell of budgets.
func stepChannels(t testing.TB) *Channels {
	var list []*Channel
	for name, events := range map[string][]string{"freezes": {"freeze"}, "budgets": {"freeze", "budget"}} {
		ch, err := NewChannel(ChannelConfig{Name: name, Kind: KindITSM, URL: "http://127.0.0.1:1", Body: `{{json .}}`, Events: events})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, ch)
	}
	c, err := NewChannels(list, func(string) Store[Notice] { return noStore{} }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noStore is for channels that are not run.
type noStore struct{ Store[Notice] }

// Whatever is reached when, and however often what was told is read back from
// the records, each channel hears of each beginning and each end once.
func TestEveryStepIsToldOnce(t *testing.T) {
	channels := stepChannels(t)
	rapid.Check(t, func(t *rapid.T) {
		all := []Step{reached("month", ActionNotify, "50"), reached("month", ActionFreeze, "100"), reached("week", ActionFreeze, "80")}
		kept := map[string][]Step{}
		state := map[string]map[string]bool{"freezes": {}, "budgets": {}} // by channel: what a receiver holds to be reached
		before := map[string]bool{}
		for n := range rapid.IntRange(1, 20).Draw(t, "rounds") {
			now := slices.DeleteFunc(slices.Clone(all), func(Step) bool { return rapid.Bool().Draw(t, "not reached") })
			b, err := json.Marshal(kept)
			if err == nil {
				kept = nil
				err = json.Unmarshal(b, &kept)
			}
			if err != nil {
				t.Fatal(err)
			}
			var items []NoticeItem
			items, kept = channels.StepNotices(kept, now, t0.Add(1)+slo.Instant(n))
			for _, it := range items {
				e := it.Message.Event
				has := state[it.Message.Channel]
				begins := e.Type != FreezeEnded
				if e.Budget.Action == ActionFreeze && has[e.Budget.key()] == begins {
					t.Fatalf("%s told %s twice", it.Message.Channel, e.Type)
				}
				if e.Type == BudgetReached && before[e.Budget.key()] {
					t.Fatalf("%s was told of a step that was reached before", it.Message.Channel)
				}
				has[e.Budget.key()] = begins
			}
			before = map[string]bool{}
			for _, s := range now {
				before[s.Budget.key()] = true
			}
			for _, s := range all {
				k := s.Budget.key()
				if s.Budget.Action == ActionFreeze && (state["freezes"][k] != before[k] || state["budgets"][k] != before[k]) {
					t.Fatalf("round %d: %s is %v, and the channels hold %v", n, k, before[k], state)
				}
			}
			if s := fmt.Sprint(state["freezes"][all[0].Budget.key()]); s == "true" {
				t.Fatal("a channel was told what it does not want")
			}
		}
	})
}
