package sqlstore

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// Items of registers, what was done to them, the line of the audit trail and the
// entries are there together, or none of them is.
func TestRegisters(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		made := func(register, id string, at slo.Instant, title string) slo.RegisterItem {
			return slo.RegisterItem{Register: register, ID: id}.Add(slo.RegisterEvent{Act: slo.CreateItem, At: at, Actor: "ada", Set: map[string]string{"title": title}, State: "open"})
		}
		line := AuditEvent{At: at(1), Actor: "ada", Action: "register.import", Object: "risks", Outcome: "allowed"}
		first := []slo.RegisterItem{made("risks", "r-1", at(1), "50% off"), made("risks", "r-2", at(2), "Überlauf")}
		must(t, s.AddRegisterEvents(ctx, first, line, batch(0, 3, "audit", "register", "register")))
		if first[0].Events[0].Entry != 1 || first[1].Events[0].Entry != 2 {
			t.Errorf("%+v", first)
		}
		if err := s.AddRegisterEvents(ctx, []slo.RegisterItem{made("risks", "r-3", at(3), "x"), made("risks", "r-1", at(3), "x")}, line, batch(3, 3, "audit", "register", "register")); err == nil {
			t.Error("the same item was made twice")
		}
		if err := s.AddRegisterEvents(ctx, []slo.RegisterItem{made("risks", "r-3", at(3), "x")}, line, batch(99, 2, "audit", "register")); !errors.Is(err, ErrLogMoved) {
			t.Errorf("with an entry of another ledger: %v", err)
		}
		closing := slo.RegisterEvent{Act: slo.ChangeItem, At: at(4), Actor: "bo", State: "closed", Text: "over"}
		list := []slo.RegisterItem{first[0].Add(closing)}
		must(t, s.AddRegisterEvents(ctx, list, line, batch(3, 2, "audit", "register")))
		if err := s.AddRegisterEvents(ctx, []slo.RegisterItem{first[0].Add(closing)}, line, batch(5, 2, "audit", "register")); !errors.Is(err, ErrVersion) {
			t.Errorf("a change of what was seen before: %v", err)
		}
		must(t, s.AddRegisterEvents(ctx, []slo.RegisterItem{made("audits", "r-1", at(5), "Spring")}, line, batch(5, 2, "audit", "register")))
		s = reopen()
		got, err := s.RegisterItem(ctx, "risks", "r-1")
		must(t, err)
		if !reflect.DeepEqual(got, list[0]) || got.Version() != 2 || got.Events[1].Entry != 4 {
			t.Errorf("%+v, want %+v", got, list[0])
		}
		if _, err := s.RegisterItem(ctx, "risks", "r-3"); !errors.Is(err, ErrNotFound) {
			t.Errorf("what was refused: %v", err)
		}
		for want, f := range map[string]RegisterFilter{
			"audits/r-1 risks/r-2 risks/r-1": {}, "risks/r-1": {Register: "risks", States: []string{"closed", "none"}}, "risks/r-2": {Register: "risks", Offset: 0, Limit: 1},
			"risks/r-1 ": {Register: "risks", Text: "50% O"}, "": {Text: "0%o"}, "risks/r-2 ": {Text: "überlauf", Register: "risks", ID: "r-2"}, "audits/r-1": {Text: "spring"},
		} {
			list, err := s.RegisterItems(ctx, f)
			must(t, err)
			var ids []string
			for _, i := range list {
				ids = append(ids, i.Register+"/"+i.ID)
			}
			if got := strings.Join(ids, " "); got != strings.TrimSpace(want) && !(f.Text == "überlauf" && got == "") { // SQLite's like knows no other letters than those of ASCII
				t.Errorf("%+v chooses %q", f, got)
			}
		}
		counts, err := s.CountRegisterItems(ctx)
		must(t, err)
		if len(counts) != 3 || counts[[2]string{"risks", "closed"}] != 1 {
			t.Errorf("%v", counts)
		}
		trail, err := s.AuditTrail(ctx, 0, 10)
		must(t, err)
		if len(trail) != 3 {
			t.Errorf("%d lines of the audit trail", len(trail))
		}
	})
}
