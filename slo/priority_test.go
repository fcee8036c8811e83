package slo

import (
	"fmt"
	"testing"
	"time"
)

func TestPriority(t *testing.T) {
	p := DefaultIncidentPolicy()
	left := func(d time.Duration) *time.Duration { return &d }
	for name, c := range map[string]struct {
		scope Scope
		want  string // impact, urgency, priority
	}{
		"nothing promised":            {Scope{}, "medium low 4"},
		"of a critical service":       {Scope{Criticality: HighLevel, Left: left(time.Minute)}, "high high 1"},
		"breached":                    {Scope{Left: left(-time.Minute)}, "medium high 2"},
		"an hour left":                {Scope{Left: left(time.Hour)}, "medium high 2"},
		"a little more":               {Scope{Left: left(time.Hour + 1)}, "medium medium 3"},
		"a day left":                  {Scope{Left: left(24 * time.Hour)}, "medium low 4"},
		"many customers":              {Scope{Customers: 10}, "high low 3"},
		"one less":                    {Scope{Customers: 9}, "medium low 4"},
		"no higher than high":         {Scope{Criticality: HighLevel, Customers: 10}, "high low 3"},
		"half of the locations":       {Scope{Seen: 1, Locations: 2}, "medium low 4"},
		"fewer":                       {Scope{Seen: 1, Locations: 3}, "low low 5"},
		"what no location sees":       {Scope{Seen: 0, Locations: 3}, "medium low 4"},
		"many, and from few":          {Scope{Customers: 10, Seen: 1, Locations: 3}, "medium low 4"},
		"no lower than low":           {Scope{Criticality: LowLevel, Seen: 1, Locations: 3}, "low low 5"},
		"low, and due":                {Scope{Criticality: LowLevel, Left: left(0)}, "low high 3"},
		"critical, and without haste": {Scope{Criticality: HighLevel}, "high low 3"},
	} {
		if got := fmt.Sprint(p.Impact(c.scope), " ", p.Urgency(c.scope), " ", p.Priority(c.scope)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMajor(t *testing.T) {
	rule := &MajorRule{Priority: 1, Customers: 50}
	if rule.Meets(1, Scope{Planned: true}) {
		t.Error("planned work is major")
	}
	for _, c := range []struct {
		rule                *MajorRule
		priority, customers int
		want                bool
	}{
		{nil, 1, 100, false}, {rule, 1, 0, true}, {rule, 2, 49, false}, {rule, 2, 50, true}, {&MajorRule{}, 1, 100, false}, {&MajorRule{Priority: 2}, 2, 0, true},
	} {
		if got := c.rule.Meets(c.priority, Scope{Customers: c.customers}); got != c.want {
			t.Errorf("%+v of %d, %d: %v", c.rule, c.priority, c.customers, got)
		}
	}
}
