package continuity

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// maxPast bounds the drills of a plan on the page.
const maxPast = 20

//go:embed templates/plans.html
var plansText string

var plansPage = template.Must(template.New("plans").Funcs(template.FuncMap{
	"time": func(at slo.Instant) string { return at.Time().UTC().Format("2006-01-02 15:04 UTC") },
	"dur":  catalog.FormatDuration,
	"join": func(list []string) string { return strings.Join(list, ", ") },
	"words": func(reason slo.TestReason) string {
		return map[slo.TestReason]string{
			slo.TestNever: "it was never tested", slo.TestPeriodic: "its time has come round",
			slo.TestFailed: "the last drill did not pass", slo.TestChanged: "what it covers had a major change",
		}[reason]
	},
	"actual": func(ms *int64) string {
		if ms == nil {
			return ""
		}
		return catalog.FormatDuration((time.Duration(*ms) * time.Millisecond).Round(time.Second))
	},
	"result": result,
}).Parse(plansText))

// result is how a drill went, in a word or two.
func result(d slo.Drill) string {
	switch {
	case d.Ended() == 0 || d.State() == slo.DrillAborted:
		return ""
	case d.Passed():
		return "passed"
	}
	var reasons []string
	if r := d.Result(); r != nil {
		for _, why := range r.Reasons {
			reasons = append(reasons, strings.ReplaceAll(string(why), "_", " "))
		}
	}
	if len(reasons) == 0 {
		return "failed"
	}
	return "failed: " + strings.Join(reasons, ", ")
}

// Standing is a plan with its tests.
type Standing struct {
	*slo.ContinuityPlan
	Due  []slo.DueTest // the earliest first
	Past []slo.Drill   // the newest first
}

// Page is all plans as one HTML page that needs nothing but itself, for reading
// where nothing else is left.
func Page(plans []Standing, revision string, at slo.Instant) ([]byte, error) {
	cut := make([]Standing, len(plans))
	for i, p := range plans {
		cut[i] = Standing{p.ContinuityPlan, p.Due, p.Past[:min(len(p.Past), maxPast)]}
	}
	var b bytes.Buffer
	if err := plansPage.Execute(&b, struct {
		Plans    []Standing
		Revision string
		At       slo.Instant
	}{cut, revision, at}); err != nil {
		return nil, fmt.Errorf("writing the continuity plans: %w", err)
	}
	return b.Bytes(), nil
}
