package day

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// source is where a line of the timeline comes from: one of the following, or
// somebody's name.
type source string

const (
	fromWorld     source = "the world"
	fromIncident  source = "incident"
	fromDrill     source = "drill"
	fromChange    source = "change"
	fromCandidate source = "candidate" // a change near an incident
	fromAlert     source = "alertmanager"
	fromWebhook   source = "webhook"
	fromPagerDuty source = "pagerduty"
	fromMail      source = "mail"
	fromFigures   source = "figures"
	fromNobody    source = "UNREADABLE"
)

// rank is the order of what happens within a second.
func (s source) rank() int {
	return slices.Index([]source{fromWorld, fromNobody, fromChange, fromIncident, fromCandidate, fromDrill, fromAlert, fromWebhook, fromPagerDuty, fromMail, fromFigures}, s)
}

// timeline is what happened, in order of time.
type timeline struct {
	lines  []line
	firing map[string]bool // alerts, by their labels
	names  []string        // pairs of what is replaced in all texts, and by what
}

type line struct {
	at      slo.Instant // whole seconds
	from    source
	subject string // of what is told; only what is about one subject comes in its order
	text    string
}

func (l *timeline) add(at slo.Instant, from source, text string) { l.tell(at, from, "", text) }

// tell adds what somebody was told about a subject.
func (l *timeline) tell(at slo.Instant, from source, subject, text string) {
	l.lines = append(l.lines, line{at - at%1000, from, subject, text})
}

// name has an ID replaced by a name that people can read.
func (l *timeline) name(id, name string) { l.names = append(l.names, id, name) }

// alert notes an alert that an Alertmanager is told of, where it is news.
func (l *timeline) alert(a notify.Alert, at slo.Instant) {
	labels := maps.Clone(a.Labels)
	name, severity := labels[notify.LabelAlertname], labels[notify.LabelSeverity]
	delete(labels, notify.LabelAlertname)
	delete(labels, notify.LabelSeverity)
	var list []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, k+"="+labels[k])
	}
	what := fmt.Sprintf("%s %s{%s}", severity, name, strings.Join(list, ", "))
	firing := a.EndsAt > at
	switch {
	case l.firing[what] == firing:
		return
	case firing:
		l.tell(at, fromAlert, what, what+": "+a.Annotations[notify.AnnotationSummary])
	default:
		l.tell(at, fromAlert, what, what+" is over")
	}
	l.firing[what] = firing
}

// String is the timeline as the golden file has it.
func (l *timeline) String() string {
	lines := slices.Clone(l.lines)
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.from.rank(), b.from.rank()), cmp.Compare(a.subject, b.subject))
	})
	named := strings.NewReplacer(l.names...)
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s  %-12s  %s\n", l.at.Time().Format(time.TimeOnly), l.from, named.Replace(l.text))
	}
	return b.String()
}
