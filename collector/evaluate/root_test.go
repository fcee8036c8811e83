package evaluate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// graph is a catalogue of services that each have a probe of their own, as
// "shop: db api" for one that depends on two others.
func graph(lines ...string) *slo.Catalog {
	c := &slo.Catalog{}
	for _, line := range lines {
		name, on, _ := strings.Cut(line, ":")
		c.Probes = append(c.Probes, &slo.Probe{Name: name, Every: time.Minute, Hold: time.Hour, Confirm: 1, Locations: slo.Locations{Min: 1}})
		c.Services = append(c.Services, &slo.Service{Name: name, Up: slo.Expr{Probe: name}, DependsOn: strings.Fields(on)})
		c.Agreements = append(c.Agreements, &slo.Agreement{Name: name, Service: name, Zone: time.UTC, Objectives: []slo.Objective{
			{Name: "o", Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}},
		}})
	}
	slices.SortFunc(c.Services, func(a, b *slo.Service) int { return strings.Compare(a.Name, b.Name) })
	return c
}

func TestRoot(t *testing.T) {
	const minute = 60
	for _, c := range []struct {
		name  string
		graph []string
		down  map[string]int // since which second; the others are up
		want  string         // service=root of all that have one
	}{
		{"nothing", []string{"db", "shop: db"}, nil, ""},
		{"by itself", []string{"db", "shop: db"}, map[string]int{"shop": 9}, ""},
		{"the database", []string{"db", "shop: db"}, map[string]int{"db": 9, "shop": 9}, "shop=db"},
		{"seen a little later", []string{"db", "shop: db"}, map[string]int{"db": 9 * minute, "shop": 0}, "shop=db"},
		{"too late to be why", []string{"db", "shop: db"}, map[string]int{"db": 11 * minute, "shop": 0}, ""},
		{"the bottom of three", []string{"net", "db: net", "shop: db"}, map[string]int{"net": 9, "db": 9, "shop": 9}, "db=net shop=net"},
		{"not through what is up", []string{"net", "db: net", "shop: db"}, map[string]int{"net": 9, "shop": 9}, ""},
		{"the earlier of two", []string{"a", "b", "shop: a b"}, map[string]int{"a": 9, "b": 8, "shop": 9}, "shop=b"},
		{"two at once", []string{"a", "b", "shop: b a"}, map[string]int{"a": 9, "b": 9, "shop": 9}, "shop=a"},
		{"a diamond", []string{"net", "a: net", "b: net", "shop: a b"}, map[string]int{"net": 9, "a": 9, "b": 9, "shop": 9}, "a=net b=net shop=net"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := New(graph(c.graph...), at(0))
			for _, s := range e.Catalog().Services {
				e.Apply([]slo.Entry{said(s.Name, "eu", -minute, slo.Up)})
				if since, down := c.down[s.Name]; down {
					e.Apply([]slo.Entry{said(s.Name, "eu", since, slo.Down)})
				}
			}
			var got, paged []string
			for _, s := range e.Catalog().Services {
				if root, _ := e.Root(s.Name, at(20*minute)); root != "" {
					got = append(got, s.Name+"="+root)
				}
			}
			if said := strings.Join(got, " "); said != c.want {
				t.Errorf("%q, want %q", said, c.want)
			}
			for _, a := range e.Alerts(at(20 * minute)) {
				if a.Severity == slo.Page {
					paged = append(paged, a.Labels["service"])
				}
			}
			slices.Sort(paged)
			var want []string
			for name := range c.down {
				if !strings.Contains(" "+c.want, " "+name+"=") {
					want = append(want, name)
				}
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, slices.Compact(paged)); diff != "" {
				t.Errorf("paged: %s", diff)
			}
		})
	}
}

// Who is affected is told so, and not paged.
func TestAffected(t *testing.T) {
	e := New(graph("db", "shop: db"), at(0))
	for _, name := range []string{"db", "shop"} {
		e.Apply([]slo.Entry{said(name, "eu", -60, slo.Up), said(name, "eu", 0, slo.Down)})
	}
	a := one(t, e.Alerts(at(60)), "ServiceAffected")
	if want := fmt.Sprintf("shop is affected by db, which went down at %s", at(0)); a.Severity != slo.Ticket || a.Words.Summary != want || a.Since != at(0) || a.Labels["service"] != "shop" {
		t.Errorf("%+v", a)
	}
	e.Apply([]slo.Entry{said("db", "eu", 90, slo.Up)})
	late := at(90).Add(recoverWithin)
	one(t, e.Alerts(late-1), "ServiceAffected") // its probe may not have looked yet
	down := one(t, e.Alerts(late), "ServiceDown")
	if want := fmt.Sprintf("db, which took it down, is up since %s: it has a cause of its own.", at(90)); down.Labels["service"] != "shop" || down.Severity != slo.Page || down.Words.Description != want {
		t.Errorf("%+v", down)
	}
	if root, up := e.Outlived("shop", late); root != "db" || up != at(90) {
		t.Errorf("%s since %s", root, up)
	}
	// What has a cause of its own keeps it, though the other one is down again.
	e.Apply([]slo.Entry{said("db", "eu", 395, slo.Down)})
	if list := named(e.Alerts(at(400)), "ServiceDown"); len(list) != 2 {
		t.Errorf("%+v", list)
	}
	e.Apply([]slo.Entry{said("shop", "eu", 410, slo.Up), said("shop", "eu", 420, slo.Down)})
	one(t, e.Alerts(at(430)), "ServiceAffected") // by another outage
	if root, _ := e.Outlived("shop", at(430)); root != "" {
		t.Errorf("it outlived %s", root)
	}
}

// A page becomes a ticket, unless that ticket is there.
func TestAsTickets(t *testing.T) {
	alert := func(window string, s slo.Severity) Alert {
		return Alert{Labels: map[string]string{"window": window}, Severity: s}
	}
	list := []Alert{alert("1h", slo.Page), alert("1h", slo.Page), alert("6h", slo.Page), alert("6h", slo.Ticket)}
	want := []Alert{alert("1h", slo.Page), alert("1h", slo.Ticket), alert("6h", slo.Ticket)}
	if diff := cmp.Diff(want, asTickets(list, 1)); diff != "" {
		t.Error(diff)
	}
}
