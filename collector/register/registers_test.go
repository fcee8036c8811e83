package register

import (
	"slices"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// TestShapes: what a register names is there, and every state but the first is
// reached from it.
func TestShapes(t *testing.T) {
	names := map[string]bool{}
	for _, g := range All() {
		names[g.Name] = true
	}
	for _, g := range All() {
		t.Run(g.Name, func(t *testing.T) {
			seen := map[string]bool{columnID: true, columnState: true, columnVersion: true, "text": true, "csrf": true}
			for _, f := range g.Fields {
				if seen[f.Name] {
					t.Errorf("the field %s stands twice, or is a word of forms or files", f.Name)
				}
				seen[f.Name] = true
				if (f.Kind == slo.FieldItem) != names[f.Of] || (f.Kind == slo.FieldChoice) != (len(f.Choices) > 0) || (f.Kind == slo.FieldProduct) != (len(f.Factors) > 0) {
					t.Errorf("%+v", f)
				}
			}
			if f := g.Fields[0]; f.Kind != slo.FieldLine || !f.Required {
				t.Errorf("the title is %+v", f)
			}
			if g.Due != "" && g.Field(g.Due).Kind != slo.FieldDate {
				t.Errorf("due is %s", g.Due)
			}
			for _, name := range g.Columns {
				if g.Field(name) == nil {
					t.Errorf("there is no column %s", name)
				}
			}
			reached := map[string]bool{g.States[0].Name: true}
			for range g.Moves {
				for _, m := range g.Moves {
					if g.State(m.From) == nil || g.State(m.To) == nil {
						t.Fatalf("a move from %s to %s", m.From, m.To)
					}
					reached[m.To] = reached[m.To] || reached[m.From]
				}
			}
			for _, s := range g.States {
				if !reached[s.Name] || s.Name == slo.RegisterWithdrawn {
					t.Errorf("no move leads to %s", s.Name)
				}
				if slices.ContainsFunc(s.Needs, func(n string) bool { return g.Field(n) == nil }) {
					t.Errorf("%s needs %v", s.Name, s.Needs)
				}
			}
		})
	}
	if Named("none") != nil || len(names) != len(All()) {
		t.Error("names are not what they are")
	}
}
