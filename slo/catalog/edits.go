package catalog

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// editsBack is how far back edits of calendars and maintenance are looked for:
// as far as measurements are kept.
const editsBack = 13 * 31 * 24 * time.Hour

// Comparison is two catalogues, one before the other.
type Comparison struct {
	before, after side
	maintenances  []string // that are not the same in both
}

// side is a catalogue by names.
type side struct {
	agreements   map[string]*slo.Agreement
	services     map[string]*slo.Service
	maintenances map[string]*slo.Maintenance
}

// Compare compares two catalogues.
func Compare(before, after *slo.Catalog) *Comparison {
	c := &Comparison{before: sideOf(before), after: sideOf(after), maintenances: []string{}}
	for _, name := range names(before.Maintenances, after.Maintenances) {
		if !same(c.before.maintenances[name], c.after.maintenances[name]) {
			c.maintenances = append(c.maintenances, name)
		}
	}
	return c
}

func sideOf(c *slo.Catalog) side {
	return side{byName(c.Agreements), byName(c.Services), byName(c.Maintenances)}
}

// Maintenances lists the maintenance that is not the same in both catalogues,
// new, edited or gone, by name.
func (c *Comparison) Maintenances() []string { return c.maintenances }

// Edits lists what the later catalogue says otherwise of the terms of an
// agreement that are in force at an instant, or were before it: fields by their
// names in the catalogue, such as objectives.month.target, services.shop.up,
// maintenance.patch.announced; what is new or gone by its own, such as
// exclusions.storm. It is nil where one of the catalogues lacks the agreement.
//
// What only changes time to come is none: an end or a beginning of the terms
// that lies ahead, maintenance and holidays that do. Alerts, budget policies,
// incident targets, how critical a service is, and what a probe tests and how
// often, are no terms: see docs/formats/catalogue.md.
func (c *Comparison) Edits(agreement string, at slo.Instant) []string {
	a, b := c.before.agreements[agreement], c.after.agreements[agreement]
	if a == nil || b == nil || ahead(a.From, at) && ahead(b.From, at) {
		return nil
	}
	e := edits{Comparison: c, at: at}
	e.agreement(a, b)
	services := slices.Concat(a.Services(), b.Services())
	for _, s := range services {
		e.named("services."+s, c.before.services[s], c.after.services[s])
	}
	e.maintenance(services)
	slices.Sort(e.found)
	return slices.Compact(e.found)
}

// Edited is an agreement whose terms were edited while they were in force.
type Edited struct {
	Agreement *slo.Agreement // as it was
	Fields    []string       // as Edits has them; nil where it left the catalogue
}

// Edited lists the agreements of the earlier catalogue whose terms in force at
// an instant, or before it, the later one edits, or that leave the catalogue
// although their terms had begun; by name.
func (c *Comparison) Edited(at slo.Instant) []Edited {
	var out []Edited
	for _, name := range slices.Sorted(maps.Keys(c.before.agreements)) {
		a := c.before.agreements[name]
		if fields := c.Edits(name, at); fields != nil || c.after.agreements[name] == nil && !ahead(a.From, at) {
			out = append(out, Edited{a, fields})
		}
	}
	return out
}

// edits compares the terms of an agreement.
type edits struct {
	*Comparison
	at    slo.Instant
	found []string
}

func (e *edits) add(field string) { e.found = append(e.found, field) }

func (e *edits) agreement(a, b *slo.Agreement) {
	e.fields("", reflect.ValueOf(*a), reflect.ValueOf(*b), "From", "To", "Hours", "Exclusions", "Objectives", "BudgetPolicy", "Targets")
	e.begins("from", a.From, b.From)
	e.begins("to", a.To, b.To)
	if !same(a.Hours, b.Hours) && !slices.Equal(e.past(a.Hours), e.past(b.Hours)) {
		e.add("hours")
	}
	was, is := byName(a.Exclusions), byName(b.Exclusions)
	for _, name := range names(a.Exclusions, b.Exclusions) {
		x, y := was[name], is[name]
		if (x == nil || x.From > e.at) && (y == nil || y.From > e.at) {
			continue
		}
		e.named("exclusions."+name, x, y)
	}
	x, y := pointers(a.Objectives), pointers(b.Objectives)
	before, after := byName(x), byName(y)
	for _, name := range names(x, y) {
		e.named("objectives."+name, before[name], after[name])
	}
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// past is the hours of a calendar up to the instant.
func (e *edits) past(c *slo.Calendar) []slo.Interval {
	return c.Intervals(slo.Interval{From: e.at.Add(-editsBack), To: e.at})
}

// begins compares where the terms begin or end: that it lies ahead, whenever
// that is, changes nothing of what is past.
func (e *edits) begins(field string, a, b *slo.Instant) {
	lies := func(i *slo.Instant) bool { return i == nil && field == "to" || ahead(i, e.at) }
	if !same(a, b) && !(lies(a) && lies(b)) {
		e.add(field)
	}
}

func ahead(i *slo.Instant, at slo.Instant) bool { return i != nil && *i >= at }

// maintenance compares the maintenance of services as far as it is past.
func (e *edits) maintenance(services []string) {
	for _, name := range e.maintenances {
		a, b := e.before.maintenances[name], e.after.maintenances[name]
		was, is := e.occurrences(a, services), e.occurrences(b, services)
		switch {
		case len(was) == 0 && len(is) == 0:
		case len(was) == 0 || len(is) == 0:
			e.add("maintenance." + name)
		case slices.Equal(was, is):
			if !same(a.Announced, b.Announced) {
				e.add("maintenance." + name + ".announced")
			}
		default:
			e.named("maintenance."+name, a, b)
		}
	}
}

// occurrences of a maintenance of one of the services that began before the
// instant; none of no maintenance.
func (e *edits) occurrences(m *slo.Maintenance, services []string) []slo.Interval {
	if m == nil || !slices.ContainsFunc(services, m.Covers) {
		return nil
	}
	list := m.Occurrences(slo.Interval{From: e.at.Add(-editsBack), To: e.at})
	return slices.DeleteFunc(list, func(v slo.Interval) bool { return v.From >= e.at })
}

// named compares two things of which either may be missing, a nil pointer.
func (e *edits) named(name string, a, b any) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case x.IsNil() && y.IsNil():
	case x.IsNil() || y.IsNil():
		e.add(name)
	default:
		e.fields(name+".", x.Elem(), y.Elem(), "Alerts", "Criticality", "Owner")
	}
}

// opened are the types whose own fields are told.
var opened = map[reflect.Type]bool{
	reflect.TypeFor[slo.Interval](): true, reflect.TypeFor[slo.Schedule](): true, reflect.TypeFor[slo.Credits](): true,
	reflect.TypeFor[slo.MaintenanceCap](): true, reflect.TypeFor[slo.SliceRule](): true, reflect.TypeFor[slo.LatencyRule](): true,
	reflect.TypeFor[slo.OutageRule](): true,
}

// fields compares two structs of one type field by field.
func (e *edits) fields(prefix string, a, b reflect.Value, but ...string) {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		x, y := a.Field(i), b.Field(i)
		if slices.Contains(but, f.Name) || f.Type == carried || same(x.Interface(), y.Interface()) {
			continue
		}
		if x.Kind() == reflect.Pointer && !x.IsNil() && !y.IsNil() {
			x, y = x.Elem(), y.Elem()
		}
		name, known := fieldNames[f.Name]
		if !known {
			name = strings.ToLower(f.Name[:1]) + f.Name[1:]
		}
		switch {
		case !opened[x.Type()]:
			e.add(prefix + name)
		case f.Anonymous || f.Name == "Once" || f.Name == "Schedule": // whose fields stand beside the others
			e.fields(prefix, x, y)
		default:
			e.fields(prefix+name+".", x, y)
		}
	}
}

// fieldNames are the names in the catalogue that do not follow from the
// domain's.
var fieldNames = map[string]string{"Zone": "timezone", "Cron": "every", "Once": "from", "Schedule": "every", "Parts": "services", "ExcludeDrills": "drills"}

// same reports whether two values say the same in a catalogue.
func same(a, b any) bool {
	var x, y bytes.Buffer
	canonical(&x, reflect.ValueOf(&a).Elem())
	canonical(&y, reflect.ValueOf(&b).Elem())
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// byName are the things of a list by their names.
func byName[T any](list []*T) map[string]*T {
	out := make(map[string]*T, len(list))
	for _, x := range list {
		out[nameOf(x)] = x
	}
	return out
}

func nameOf(x any) string { return reflect.ValueOf(x).Elem().FieldByName("Name").String() }

// names lists the names in two lists, each once.
func names[T any](a, b []*T) []string {
	var out []string
	for _, x := range slices.Concat(a, b) {
		out = append(out, nameOf(x))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
