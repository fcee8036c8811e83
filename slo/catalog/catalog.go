// Package catalog reads a catalogue, YAML documents in the files of a folder,
// into a checked slo.Catalog. It is strict: unknown fields, dangling names
// and bad values are errors, all of them are found in one pass, and each has
// its place and the line it stands in. docs/formats/catalogue.md describes
// the format.
package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// APIVersion is the apiVersion of every document of ours.
const APIVersion = "assay/v1"

// The kinds of documents.
const (
	kindProbe       = "Probe"
	kindLocation    = "Location"
	kindService     = "Service"
	kindCalendar    = "Calendar"
	kindMaintenance = "Maintenance"
	kindAgreement   = "Agreement"
	kindExclusion   = "Exclusion"
	kindResource    = "Resource"
	kindIncidents   = "IncidentPolicy"
	kindPlan        = "ContinuityPlan"
)

func kinds() []string {
	return []string{kindProbe, kindLocation, kindService, kindCalendar, kindMaintenance, kindAgreement, kindExclusion, kindResource, kindIncidents, kindPlan}
}

// Parse reads the documents of all sources as one catalogue. The catalogue is
// nil where a problem is an error; warnings leave it usable. Equal documents
// give equal catalogues with equal revisions, however they are spread over
// sources, ordered, commented and formatted.
func Parse(sources []Source) (*slo.Catalog, Problems) {
	l := newLoader()
	sources = slices.SortedFunc(slices.Values(sources), func(a, b Source) int { return cmp.Compare(a.Name, b.Name) })
	for _, s := range sources {
		l.source(s)
	}
	return l.finish()
}

// loader is the state of one load.
type loader struct {
	catalog slo.Catalog
	found   findings
	suggest suggester
	zones   map[string]*time.Location

	entries map[string]map[string]*entry // by kind and name
	obscure map[string]bool              // words of documents that could not be read in full
	joins   []func()                     // of what several documents make together
	checks  []func()                     // of what needs the whole catalogue

	counting     map[string]bool // whether a probe counts requests, by its name
	services     map[string]*slo.Service
	dependencies []dependency
	calendars    map[string]*slo.Calendar
	agreements   map[string]*slo.Agreement
	maintenances map[string][]*slo.Maintenance // by service
	ran          map[string]bool               // probes that drills run

	indicators map[string]*indicator // of OpenSLO, by the name of the SLI
	policies   map[string]*alertPolicy
	conditions map[string]slo.BurnPair // by the name of the AlertCondition
	sources    map[string]source       // by the name of the DataSource
	measured   map[string]bool         // services that SLOs made
}

// entry is a named document.
type entry struct {
	at   *yaml.Node // its name
	r    reader
	used bool // something refers to it
}

func newLoader() *loader {
	l := &loader{
		suggest: suggester{budget: suggestBudget},
		zones:   map[string]*time.Location{},
		entries: map[string]map[string]*entry{},
		obscure: map[string]bool{},

		counting: map[string]bool{}, services: map[string]*slo.Service{},
		calendars:    map[string]*slo.Calendar{},
		agreements:   map[string]*slo.Agreement{},
		maintenances: map[string][]*slo.Maintenance{}, ran: map[string]bool{},

		indicators: map[string]*indicator{}, policies: map[string]*alertPolicy{}, conditions: map[string]slo.BurnPair{}, sources: map[string]source{},
		measured: map[string]bool{},
	}
	for _, k := range append(kinds(), openSLONames()...) {
		l.entries[k] = map[string]*entry{}
	}
	return l
}

// source reads the documents of one file.
func (l *loader) source(s Source) {
	if len(s.Data) > maxFile {
		l.found.add(Problem{File: s.Name, Message: tooLarge})
		return
	}
	f := newFile(s)
	r := reader{loader: l, file: f}
	if line, column, bad := f.invalid(); bad {
		r.note(Error, line, column, "save the file as UTF-8", "not UTF-8")
		return
	}
	for _, d := range f.documents() {
		if d.err != nil {
			r.note(Error, d.err.line, d.err.column, d.err.hint, "%s", d.err.message)
			l.obscured(d.text)
			continue
		}
		r.document(d)
	}
}

var word = regexp.MustCompile(`[A-Za-z0-9._-]+`)

// obscured remembers the words of a text that could not be understood, so
// that what it may define is not called missing, nor what it may use unused.
func (l *loader) obscured(text string) {
	for _, w := range word.FindAllString(text, -1) {
		l.obscure[w] = true
	}
}

// document reads one document up to its spec and hands that to its kind.
func (r reader) document(d document) {
	f, ok := r.fields(d.root, "a document", "apiVersion", "kind", "metadata", "spec")
	if !ok {
		r.obscured(d.text)
		return
	}
	version, kind, name := 0, 0, ""
	if set(&version, f.need("apiVersion"), r.choice(APIVersion, OpenSLOVersion)) && version == 1 {
		r.openSLO(d, f)
		return
	}
	known := set(&kind, f.need("kind"), r.choice(kinds()...))
	if m := f.need("metadata"); m != nil {
		if mf, ok := r.fields(m, "metadata", "name"); ok {
			set(&name, mf.need("name"), r.name)
			if known && name != "" {
				r.define(kinds()[kind], name, mf.get("name"))
			}
		}
	}
	spec := f.need("spec")
	if !known || name == "" {
		r.obscured(d.text)
	}
	if known && spec != nil {
		r.kind(kinds()[kind], name, spec)
	}
}

// kind reads the spec of a document. It does so for a document without a
// usable name as well, for the mistakes in it.
func (r reader) kind(kind, name string, spec *yaml.Node) {
	switch kind {
	case kindProbe:
		r.probe(name, spec)
	case kindLocation:
		r.location(name, spec)
	case kindService:
		r.service(name, spec)
	case kindCalendar:
		r.calendar(name, spec)
	case kindMaintenance:
		r.maintenance(name, spec)
	case kindAgreement:
		r.agreement(name, spec)
	case kindExclusion:
		r.exclusion(name, spec)
	case kindResource:
		r.resource(name, spec)
	case kindIncidents:
		r.incidentPolicy(name, spec)
	case kindPlan:
		r.plan(name, spec)
	}
}

// define enters a name, which must be new in its kind.
func (r reader) define(kind, name string, at *yaml.Node) {
	at = deref(at)
	if old := r.entries[kind][name]; old != nil {
		r.errorf(at, "", "the %s %s is already defined at %s:%d", kind, name, old.r.file.name, old.at.Line)
		return
	}
	r.entries[kind][name] = &entry{at: at, r: r}
}

// join runs what makes something out of several documents when every one has
// been read, before any check.
func (l *loader) join(making func()) { l.joins = append(l.joins, making) }

// later runs check when every document has been read.
func (l *loader) later(check func()) { l.checks = append(l.checks, check) }

// lookup finds a name that n mentions offset bytes into its value, and notes
// where there is none.
func (r reader) lookup(n *yaml.Node, offset int, kind, name string) *entry {
	e := r.entries[kind][name]
	if e == nil && !r.obscure[name] { // else perhaps defined in a document with an error of its own
		near := r.suggest.nearest(name, sortedKeys(r.entries[kind]))
		r.errorIn(n, offset, didYouMean(near), "there is no %s named %s", kind, quote(name))
		r.obscure[near] = true // it may be what was meant: do not call it unused
	}
	return e
}

// refer is lookup for a mention that makes the thing used.
func (r reader) refer(n *yaml.Node, offset int, kind, name string) bool {
	e := r.lookup(n, offset, kind, name)
	if e != nil {
		e.used = true
	}
	return e != nil
}

// finish runs the checks of the whole and returns the result.
func (l *loader) finish() (*slo.Catalog, Problems) {
	for _, making := range l.joins {
		making()
	}
	for _, check := range l.checks {
		check()
	}
	l.circles()
	l.warnUnused()
	problems := l.found.sorted()
	if n, _ := problems.Count(); n > 0 {
		return nil, problems
	}
	c := &l.catalog
	sortNamed(c.Probes, func(p *slo.Probe) string { return p.Name })
	sortNamed(c.Locations, func(l *slo.Location) string { return l.Name })
	sortNamed(c.Services, func(s *slo.Service) string { return s.Name })
	sortNamed(c.Calendars, func(c *slo.Calendar) string { return c.Name })
	sortNamed(c.Maintenances, func(m *slo.Maintenance) string { return m.Name })
	sortNamed(c.Agreements, func(a *slo.Agreement) string { return a.Name })
	sortNamed(c.Resources, func(r *slo.Resource) string { return r.Name })
	sortNamed(c.Plans, func(p *slo.ContinuityPlan) string { return p.Name })
	for _, a := range c.Agreements {
		sortNamed(a.Exclusions, func(x *slo.Exclusion) string { return x.Name })
	}
	c.Revision = revision(c)
	return c, problems
}

func sortNamed[T any](list []T, name func(T) string) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
}

// warnUnused tells what no other document needs. What a document with an
// error may use is left out.
func (l *loader) warnUnused() {
	for kind, message := range map[string]string{
		kindProbe:    "no service uses the probe %s",
		kindService:  "no agreement promises anything about the service %s",
		kindCalendar: "no agreement uses the calendar %s",

		openSLOService:   "no SLO measures the service %s: there is nothing to show of it",
		openSLOSLI:       "no SLO uses the SLI %s",
		openSLOSource:    "no SLI uses the data source %s",
		openSLOPolicy:    "no SLO uses the alert policy %s",
		openSLOCondition: "no alert policy uses the alert condition %s",
		openSLOTarget:    "no alert policy uses the notification target %s",
	} {
		for name, e := range l.entries[kind] {
			message := message
			if kind == kindProbe && l.counting[name] {
				message = "no objective and no workload uses the probe %s"
			}
			if !e.used && !l.obscure[name] {
				e.r.warnf(e.at, "", message, name)
			}
		}
	}
}
