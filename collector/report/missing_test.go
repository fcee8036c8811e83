package report

import (
	"strings"
	"testing"
)

// What nothing is on record of is named in the annex, and has no section.
func TestMissingSections(t *testing.T) {
	in := goldInput(t)
	in.Outages, in.Forgiven, in.Incidents, in.Planned, in.Suppliers, in.Resources, in.Scores = nil, nil, nil, nil, nil, nil, nil
	in.Continuity, in.Changes, in.Problems, in.ServiceRequests, in.Surveys, in.Waiting, in.Recorded = nil, nil, nil, nil, nil, nil, Recorded{}
	bare := Build(in)
	bare.Decisions = nil
	headings := map[string]string{
		"outages": "outages.title", "forgiven": "forgiven.title", "incidents": "incidents.title", "planned": "planned.title", "suppliers": "supplier.title",
		"resources": "resource.title", "problems": "problem.title", "changes": "change.title", "requests": "fulfilment.title", "continuity": "continuity.title",
		"complaints": "complaint.title", "actions": "action.title", "evaluations": "evaluation.title", "satisfaction": "satisfaction.title",
	}
	for _, l := range Languages() {
		w := l.words()
		text, _ := faces(t, bare, l)
		pages := strings.Join(pagesOf(t, written(t, bare, l)), "\n")
		for _, face := range []string{text, pages} {
			_, annex, _ := strings.Cut(solid(face), solid(w.t("annex.title")))
			_, named, found := strings.Cut(annex, solid(w.t("annex.missing")))
			if !found {
				t.Fatalf("nothing is missing in %s:\n%s", l, face)
			}
			for name, heading := range headings {
				if !strings.Contains(named, solid(w.t("annex.missing."+name))) {
					t.Errorf("%s does not name %s as missing: %s", l, name, named)
				}
				for _, line := range strings.Split(face, "\n") {
					if strings.TrimSpace(line) == w.t(heading) {
						t.Errorf("%s has an empty section %s", l, line)
					}
				}
			}
		}
	}
	full, _ := faces(t, Build(goldInput(t)), English)
	if _, named, _ := strings.Cut(plain(full), "None on record"); strings.Contains(named, "incidents") {
		t.Errorf("what is there is named as missing: %.200s", named)
	}
}
