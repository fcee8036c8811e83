package slo_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// TestContract replays the worked cases of the availability contract. They
// were computed by a program that shares no code with this one.
func TestContract(t *testing.T) {
	dirs, err := filepath.Glob("testdata/contract/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases under testdata/contract (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { t.Parallel(); runCase(t, dir) })
	}
}

func runCase(t *testing.T, dir string) {
	c, problems := catalog.Load(filepath.Join(dir, "config"))
	if problems.Err() != nil {
		t.Fatalf("catalogue: %v", problems)
	}
	at := instantFile(t, filepath.Join(dir, "at.txt"), 0)
	window := instantFile(t, filepath.Join(dir, "window.txt"), at)
	f, err := os.Open(filepath.Join(dir, "measurements.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := slo.NewReplay(c, at)
	if err := slo.ReadMeasurements(f, func(rec slo.Record) error { r.Add(rec); return nil }); err != nil {
		t.Fatal(err)
	}
	got := roundTrip(t, map[string]any{"objectives": r.Status(window)})
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	holds(t, "", want, got)
}

func instantFile(t *testing.T, name string, missing slo.Instant) slo.Instant {
	b, err := os.ReadFile(name)
	if os.IsNotExist(err) && missing != 0 {
		return missing
	}
	if err != nil {
		t.Fatal(err)
	}
	i, err := slo.ParseInstant(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func roundTrip(t *testing.T, v any) (out any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// holds fails the test where got lacks something of want.
func holds(t *testing.T, path string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %v, want an object", path, got)
			return
		}
		for k, v := range w {
			if _, ok := g[k]; !ok {
				t.Errorf("%s.%s is missing", path, k)
				continue
			}
			holds(t, path+"."+k, v, g[k])
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for i := range w {
			holds(t, path+"[]", w[i], g[i])
		}
	case float64:
		if g, ok := got.(float64); !ok || math.Abs(g-w) > 5e-7 {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	default:
		if want != got {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
