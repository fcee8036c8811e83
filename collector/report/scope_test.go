package report

import (
	"bytes"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// providerReport is that of a provider with three agreements, two of them about
// one service.
func providerReport(t testing.TB) Report {
	in := goldInput(t)
	silver := goldInput(t)
	a := *silver.Agreement
	a.Name, a.Party, a.Objectives = "silver", "Fabrikam", append([]slo.Objective{}, a.Objectives[:1]...)
	silver.Agreement, silver.Title = &a, ""
	calm := goldInputOf(t, "2026-09")
	calm.Agreement.Name, calm.Agreement.Service = "bronze", "mail"
	calm.Agreement.Objectives = calm.Agreement.Objectives[:1]
	calm.Incidents, calm.Resources, calm.Scores, calm.Continuity, calm.Ledger, calm.Changes = nil, nil, nil, nil, nil, nil
	in.Continuity, silver.Continuity = in.Continuity[:1], silver.Continuity[:1]
	in.Incidents, silver.Incidents = in.Incidents[:4], silver.Incidents[:4]
	in.Changes, silver.Changes = in.Changes[:1], silver.Changes[:1] // or a mail would leave something out
	calm.Period = in.Period                                         // the figures of September: nothing went wrong
	return Combine(Scope{Kind: WholeScope}, in.Period, in.Agreement.Zone, in.At, []Report{Build(calm), Build(in), Build(silver)})
}

func TestCombine(t *testing.T) {
	r := providerReport(t)
	gold := Build(goldInput(t))
	if len(r.Services) != 3 || len(r.Objectives) != 5 || len(r.Outages) != 8 || len(r.Incidents) != 4 {
		t.Fatalf("%d services, %d objectives, %d outages, %d incidents", len(r.Services), len(r.Objectives), len(r.Outages), len(r.Incidents))
	}
	if r.KPIs.Downtime != 2*gold.KPIs.Downtime || *r.KPIs.MTRS != *gold.KPIs.MTRS || r.KPIs.Availability != nil {
		t.Errorf("the key figures are %+v", r.KPIs)
	}
	if r.Identity.Standing != Provisional || FileName(r) != "all-2026-10" || len(r.Days) != 0 || len(r.Services[1].Days) != 31 {
		t.Errorf("%+v", r.Identity)
	}
	var decided []string
	for _, d := range r.Decisions {
		if d.Kind == DecideRecorded {
			decided = append(decided, d.Subject)
		}
	}
	if len(r.Complaints) != 2 || len(r.Actions) != 2 || len(r.SupplierRecords) != 2 || len(decided) != 1 {
		t.Errorf("the registers have %v, %v, %v and decisions %v", r.Complaints, r.Actions, r.SupplierRecords, decided)
	}
	for _, l := range Languages() {
		sameFigures(t, r, l)
		sameTables(t, r, l)
		if err := PDF(io.Discard, r, l); err != nil {
			t.Error(err)
		}
	}
	var text bytes.Buffer
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	golden(t, "all-2026-10.txt", text.Bytes())
}

// A scope without agreements is a report that says so, not an error.
func TestCombineNothing(t *testing.T) {
	r := Combine(Scope{CustomerScope, "nobody"}, month(t, "2026-10", time.UTC), time.UTC, instant(t, "2026-11-01T07:00:00Z"), nil)
	for _, f := range Formats() {
		if err := Write(io.Discard, r, f, English, ""); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// Whatever is combined, nothing is lost and nothing is counted that was not
// there.
func TestCombineSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Report
		_, first, _ := anyInput(t)
		for range rapid.IntRange(0, 3).Draw(t, "agreements") {
			_, in, _ := anyInput(t)
			list = append(list, Build(in))
		}
		r := Combine(Scope{Kind: WholeScope}, first.Period, time.UTC, first.At, list)
		var outages, failures, met int
		var down Milliseconds
		final := len(list) > 0
		for i := range list {
			outages, failures, met = outages+len(list[i].Outages), failures+list[i].KPIs.Failures, met+list[i].Summary.Met
			down += list[i].Summary.Times.Down
			final = final && list[i].Identity.Standing == Final
		}
		banded := 0
		for _, b := range r.KPIs.Lengths {
			banded += b.Outages
		}
		if len(r.Outages) != outages || banded != outages || r.KPIs.Failures != failures || r.Summary.Met != met || r.Summary.Times.Down != down || (r.Identity.Standing == Final) != final {
			t.Fatalf("combined %d outages (%d in bands), %d failures, %d met, %d ms down; the parts have %d, %d, %d, %d", len(r.Outages), banded, r.KPIs.Failures, r.Summary.Met, r.Summary.Times.Down, outages, failures, met, down)
		}
		if err := Text(io.Discard, r, Chinese); err != nil {
			t.Fatal(err)
		}
	})
}

func TestScopes(t *testing.T) {
	c := &slo.Catalog{Agreements: []*slo.Agreement{
		{Name: "z", Service: "shop", Party: "Contoso"}, {Name: "a", Type: slo.OLA, Service: "shop", Party: "Contoso"},
		{Name: "carrier", Type: slo.UC, Service: "network", Party: "Contoso"},
		{Name: "both", Service: "mail", Objectives: []slo.Objective{{Parts: []slo.Part{{Service: "shop", Weight: 1}}}}},
	}}
	for _, s := range []struct {
		kind, name string
		want       []string
	}{
		{"agreement", "z", []string{"z"}}, {"customer", "Contoso", []string{"a", "z"}}, {"supplier", "Contoso", []string{"carrier"}},
		{"service", "shop", []string{"a", "both", "z"}}, {"all", "", []string{"a", "both", "carrier", "z"}}, {"service", "none", nil},
	} {
		of, err := ParseScope(s.kind, s.name)
		if err != nil {
			t.Error(err)
		}
		var names []string
		for _, a := range of.Of(c) {
			names = append(names, a.Name)
		}
		if !reflect.DeepEqual(names, s.want) {
			t.Errorf("%s %s has %v, not %v", s.kind, s.name, names, s.want)
		}
	}
	for _, bad := range [][2]string{{"", ""}, {"everything", ""}, {"all", "gold"}, {"customer", ""}, {"service", strings.Repeat("x", 201)}} {
		if s, err := ParseScope(bad[0], bad[1]); err == nil {
			t.Errorf("%v is %v, not an error", bad, s)
		}
	}
}

// Better and worse are told by more than a tenth of what the target allows.
func TestCourse(t *testing.T) {
	f := func(v string) *Figure { return &Figure{Value: jsonNumber(v), Shown: v} }
	for _, c := range []struct {
		target string
		months []*Figure
		want   Course
	}{
		{"99.9", []*Figure{f("100"), f("100"), f("100")}, Same},
		{"99.9", []*Figure{f("99.95"), f("99.93"), f("99.93")}, Same},      // a tenth, not more
		{"99.9", []*Figure{f("99.95"), f("99.93"), f("99.929999")}, Worse}, // 0.010001
		{"99.9", []*Figure{f("99.95"), f("99.93"), f("99.95")}, Same},
		{"99.9", []*Figure{f("99.95"), f("99.93"), f("99.950001")}, Better},
		{"100", []*Figure{f("100"), f("100"), f("99.999999")}, Worse},
		{"100", []*Figure{f("99.999998"), f("100"), f("99.999999")}, Same},
		{"99.9", []*Figure{f("100"), nil, f("100")}, NotComparable},
		{"99.9", []*Figure{f("100"), f("100"), nil}, NotComparable},
		{"", []*Figure{f("100"), f("100"), f("100")}, NotComparable},
		{"99.9", []*Figure{f("100"), f("x"), f("100")}, NotComparable},
	} {
		if got := course(c.months, c.target); got != c.want {
			t.Errorf("%s of %v is %s, not %s", c.target, c.months, got, c.want)
		}
	}
}

// An address leads back to its scope, whatever the name.
func TestScopeAddress(t *testing.T) {
	for want, s := range map[string]Scope{
		"gold/2026-10": {AgreementScope, "gold"}, "all:/2026-10": {WholeScope, ""}, "customer:A%20&%20B/2026-10": {CustomerScope, "A & B"},
		"customer:/2026-10?name=24%2F7+%26+more": {CustomerScope, "24/7 & more"}, "supplier:a:b%3F%23/2026-10": {SupplierScope, "a:b?#"},
	} {
		u, err := url.Parse("/" + s.Address("2026-10"))
		if err != nil || s.Address("2026-10") != want {
			t.Errorf("%+v is at %s, want %s: %v", s, s.Address("2026-10"), want, err)
			continue
		}
		path, _, _ := strings.Cut(u.Path[1:], "/")
		if back, err := ReadScope(path + u.Query().Get("name")); err != nil || back != s {
			t.Errorf("%s leads to %+v: %v", want, back, err)
		}
	}
}
