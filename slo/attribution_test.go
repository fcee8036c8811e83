package slo

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestAttributionModel divides the down time second by second.
func TestAttributionModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Catalog{}
		for _, name := range []string{"shop", "db", "cloud", "dns"} {
			c.Probes = append(c.Probes, &Probe{Name: name, Hold: 40 * time.Second, Confirm: 1, Locations: Locations{Min: 1}})
			c.Services = append(c.Services, &Service{Name: name, Up: Expr{Probe: name}})
		}
		c.Services[0].DependsOn = []string{"db", "dns"}
		c.Services[1].DependsOn = []string{"cloud"}
		work := Interval{second(100), second(130)}
		c.Maintenances = []*Maintenance{{Name: "work", Services: []string{"shop"}, Once: &work}}
		o := Objective{Name: "o", Target: One / 2, Window: Window{Rolling: 500 * time.Second}}
		gold := &Agreement{Name: "gold", Service: "shop", Zone: time.UTC, Objectives: []Objective{o}}
		c.Agreements = []*Agreement{
			{Name: "a-uc", Type: UC, Party: "Cloud", Service: "cloud", Zone: time.UTC, Objectives: []Objective{o}},
			{Name: "b-uc", Type: UC, Party: "Names", Service: "dns", Zone: time.UTC, Objectives: []Objective{o}},
			gold,
		}
		h := NewHistory(c)
		for _, p := range c.Probes {
			at := 0
			for range rapid.IntRange(0, 30).Draw(t, "n") {
				h.Add("1", &Measurement{Probe: p.Name, Location: "eu", At: second(at), Outcome: rapid.SampledFrom([]State{Up, Down, Down, Unknown}).Draw(t, "state")})
				at += rapid.IntRange(1, 50).Draw(t, "step")
			}
		}
		h.Settle()
		end := rapid.IntRange(1, 500).Draw(t, "t")
		got := NewAccount(gold, LaidOver(Interval{second(-500), second(1000)}, c.Maintenances), h).Attribution(&o, second(end), Interval{second(0), second(500)})
		want := Attribution{Suppliers: []SupplierShare{{Supplier: "Cloud"}, {Supplier: "Names"}}}
		for i := range end {
			down := func(name string) bool { return h.Service(name).Timeline().State(second(i)) == Down }
			switch {
			case !down("shop") || work.Contains(second(i)):
			case down("cloud") && down("dns"):
				want.Shared += time.Second
			case down("cloud"):
				want.Suppliers[0].Down += time.Second
			case down("dns"):
				want.Suppliers[1].Down += time.Second
			default:
				want.Own += time.Second
			}
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A supplier answers for what his service depends on, and only suppliers
// answer.
func TestUnderpinning(t *testing.T) {
	c := &Catalog{}
	for name, on := range map[string][]string{"shop": {"db", "mail"}, "db": {"cloud"}, "cloud": {"power"}, "power": nil, "mail": {"cloud"}, "alone": nil} {
		c.Services = append(c.Services, &Service{Name: name, DependsOn: on})
	}
	for i, of := range []string{"power", "cloud", "cloud", "mail"} {
		c.Agreements = append(c.Agreements, &Agreement{Name: fmt.Sprint(i, of), Type: []AgreementType{UC, UC, UC, OLA}[i], Service: of})
	}
	for service, want := range map[string][]string{"shop": {"1cloud", "2cloud"}, "cloud": {"0power"}, "alone": nil, "power": nil} {
		var got []string
		for _, a := range c.Underpinning(service) {
			got = append(got, a.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
	}
}
