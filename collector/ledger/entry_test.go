package ledger

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// examples is a body of each kind.
func examples() []Body {
	digest := Digest([]byte("x"))
	promise := Promise{"gold", "month", "shop", slo.Interval{From: t0 - 86_400_000, To: t0}}
	basis := Basis{"4711", []slo.InForce{{Revision: "4710", From: t0 - 99_000_000}, {Revision: "4711", From: t0 - 1}}, slo.Formula, Evidence{
		slo.Interval{From: t0 - 172_800_000, To: t0 + 60_000}, 77, []string{"web"}, []EvidenceDay{{"2026-10-31", 3, digest, []string{digest}}},
	}, 0}
	number := json.Number("99.5")
	spans := []slo.CountedSpan{{Interval: slo.Interval{From: t0 - 2000, To: t0 - 1000}, As: slo.CountedDown}}
	return []Body{
		&Epoch{Number: 2, Key: "assay/main/1+2+3", Reason: BeganBehind, Previous: "note\n", Lost: &Range{3, 9}},
		&Catalogue{"4711", "4711", digest, 2, 300, []string{"gold/month"},
			&Changed{[]ProbeParameters{{"web", 30_000, 10_000, 70_000, 2, []string{"eu"}, "any", 1}}, []string{"patch"}}},
		&Catalogue{"4710", "4710", digest, 2, 300, []string{}, nil},
		&Seal{promise, Grace, json.RawMessage(`{"down_ms":1000}`), spans, []Exclusion{}, basis},
		&Restatement{promise, 4, ReasonLate, nil, json.RawMessage(`{"down_ms":0}`), []slo.CountedSpan{},
			[]Exclusion{{"patch", slo.Interval{From: t0 - 9000, To: t0}, &t0, 9000}},
			[]Change{{"down_ms", json.RawMessage("1000"), json.RawMessage("0")}}, basis},
		&Restatement{promise, 4, ReasonTerms, []string{"objectives.month.target"}, json.RawMessage(`{"down_ms":0}`), []slo.CountedSpan{},
			[]Exclusion{}, []Change{{"down_ms", json.RawMessage("1000"), json.RawMessage("0")}}, basis},
		&Edit{promise, "4710", "4711", []string{"unknown"}, json.RawMessage("{}"), json.RawMessage("null"), []Change{}},
		&Audit{digest, "comment", "shop-1", "allowed"},
		&Acknowledgement{"shop-1", digest},
		&Comment{"shop-1", digest},
		&ExclusionRequest{"x-1", []string{"gold"}, promise.Window, "force-majeure", "a flood"},
		&Decision{"x-1", slo.ApproveExclusion, []slo.ExclusionEffect{{Agreement: "gold", Objective: "month", Window: promise.Window,
			Before: slo.ExclusionFigure{AgreedMS: 9, Availability: &number}}}, 1, digest},
		&Drill{"d-1", "loss", slo.FinishDrill, digest},
		&ProblemWork{"PRB-1", slo.FixProblem, digest},
		&Sending{"s-1", "gold", "2026-10", slo.ReleaseSending, digest},
		&Vote{"gold", "2026-10", digest},
		&ChangeRecord{"c-1", slo.RecordChange, &ChangeMaintenance{[]string{"shop"}, promise.Window}, digest},
		&Register{"risks", "risk-1", slo.ChangeItem, 2, digest},
		&Report{"gold", "2026-10", t0, digest},
		&IncidentWork{"shop-1", slo.EventAssigned, digest},
	}
}

func TestEntries(t *testing.T) {
	seen := map[Kind]bool{}
	for n, body := range examples() {
		e := Entry{int64(n), 99, t0, "ada", body}
		b, err := e.Encode()
		must(t, err)
		got, err := Decode(b)
		must(t, err)
		if d := cmp.Diff(e, got); d != "" {
			t.Error(d)
		}
		seen[body.Kind()] = true
		if body.Subject() == "" {
			t.Errorf("%s has no subject", body.Kind())
		}
	}
	for _, k := range Kinds() {
		if !seen[k] || newBody(k) == nil || newBody(k).Kind() != k {
			t.Errorf("kind %s has no example, or no body of its own", k)
		}
	}
}

// What is not exactly what Encode writes is no entry.
func TestNotCanonical(t *testing.T) {
	b, err := Entry{1, 2, t0, "ada", examples()[7]}.Encode()
	must(t, err)
	var fields map[string]any
	must(t, json.Unmarshal(b, &fields))
	sorted, err := json.Marshal(fields)
	must(t, err)
	for what, bad := range map[string][]byte{
		"white space":     append([]byte(" "), b...),
		"another order":   sorted,
		"more behind it":  append(b[:len(b):len(b)], '{', '}'),
		"an unknown kind": []byte(`{"version":1,"cell":"main","index":1,"checkpoint":2,"at":"2026-11-01T00:00:00Z","kind":"rumour","subject":"x","actor":"a","body":{}}`),
		"nothing":         nil,
	} {
		if _, err := Decode(bad); err == nil {
			t.Errorf("%s: it was read", what)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for n, body := range examples() {
		b, err := Entry{int64(n), 20, t0, "ada", body}.Encode()
		must(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Decode(b)
		if err != nil {
			return
		}
		again, err := e.Encode()
		must(t, err)
		if string(again) != string(b) {
			t.Errorf("%q is read as %q", b, again)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	m := newMemory()
	l, _ := openLog(f, m, f.TempDir(), Options{})
	say(f, l, m, "a")
	f.Add(m.notes[2])
	f.Add([]byte("a\n1\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := OpenCheckpoint(b, l.Key())
		if err != nil {
			return
		}
		if string(b) != string(m.notes[1]) && string(b) != string(m.notes[2]) {
			t.Errorf("%q was never signed, and is taken for %+v", b, c)
		}
	})
}

func TestDifferences(t *testing.T) {
	got, err := Differences(json.RawMessage(`{"a":1,"b":[2],"c":null}`), json.RawMessage(`{"a":1,"b":[3],"new":4}`))
	must(t, err)
	want := []Change{{"b", json.RawMessage("[2]"), json.RawMessage("[3]")}, {"c", json.RawMessage("null"), json.RawMessage("null")}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s", cmp.Diff(want, got))
	}
	if _, err := Differences(json.RawMessage(`[]`), json.RawMessage(`{}`)); err == nil {
		t.Error("a list is no figure")
	}
}

// TestExclusionOf names an exclusion only where one is the reason.
func TestExclusionOf(t *testing.T) {
	for reason, want := range map[string]string{ReasonExclusion("x-1"): "x-1", ReasonLate: "", ReasonTerms: "", "": ""} {
		if got, ok := ExclusionOf(reason); got != want || ok != (want != "") {
			t.Errorf("%q is of the exclusion %q, %v", reason, got, ok)
		}
	}
}
