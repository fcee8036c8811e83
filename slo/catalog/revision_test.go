package catalog_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo/catalog"
)

// TestRevisionOfEqualDocuments spreads the same documents over other files,
// in another order, formatted and commented otherwise.
func TestRevisionOfEqualDocuments(t *testing.T) {
	want := mustParse(t, everything).Revision
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(want) {
		t.Fatalf("revision %q", want)
	}
	docs := strings.Split(everything, "\n---\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		var sources []catalog.Source
		for i, d := range docs {
			var v any
			if err := yaml.Unmarshal([]byte(d), &v); err != nil {
				t.Fatal(err)
			}
			text := []byte(d)
			if r.IntN(2) == 0 && !strings.Contains(d, "Calendar") && !strings.Contains(d, "Maintenance") { // whose dates Marshal would rewrite
				text, _ = yaml.Marshal(v)
			}
			sources = append(sources, catalog.Source{Name: string(rune('a' + i/2)), Data: append([]byte("# a comment\n"), text...)})
		}
		c, problems := catalog.Parse(sources)
		if c == nil || c.Revision != want {
			t.Fatalf("%v, want revision %s\n%s", c, want, problems)
		}
	}
}

// TestRevisionOfChanges changes one thing at a time.
func TestRevisionOfChanges(t *testing.T) {
	seen := map[string]string{mustParse(t, everything).Revision: "nothing"}
	for _, change := range [][2]string{
		{"every: 1m30s", "every: 1m31s"}, {"timeout: 5s", "timeout: 6s"}, {"hold: 10m", "hold: 11m"}, {"confirm: 3", "confirm: 2"},
		{"[us, eu, ap]", "[us, eu, cn]"}, {"quorum: 2", "quorum: all"}, {"min: 1", "min: 2"}, {"health?x=1", "health?x=2"},
		{"{up: web}", "{up: all}"}, {"atleast(2,", "atleast(3,"}, {"timezone: Europe/Berlin", "timezone: Europe/Paris"},
		{"Tue 00:00-24:00", "Tue 00:00-23:00"}, {"2026-12-25", "2026-12-26"}, {`"2026-12-31": []`, `"2026-12-30": []`},
		{"[08:00-12:00]", "[08:00-13:00]"}, {"announced: 2026-09-01", "announced: 2026-09-02"}, {"services: [shop]", "services: [blog]"},
		{"jan,dec", "jan,nov"}, {"for: 90m", "for: 91m"}, {"unknown: down", "unknown: up"}, {"minCoverage: 0", "minCoverage: 1"},
		{"per: quarter", "per: year"}, {"  maintenanceNotice: 0s\n", ""}, {"target: 99.95", "target: 99.94"}, {"window: month", "window: 30d"},
		{"bad: 2.5", "bad: 2.6"}, {"percent: 50", "percent: 51"}, {"{atMost: 95,", "{below: 95,"}, {"objective: availability", "objective: minutes"},
	} {
		text := strings.Replace(everything, change[0], change[1], 1)
		if text == everything {
			t.Errorf("%q is not there", change[0])
			continue
		}
		rev := mustParse(t, text).Revision
		if other, twice := seen[rev]; twice {
			t.Errorf("changing %q and changing %q give the same revision", change[0], other)
		}
		seen[rev] = change[0]
	}
}
