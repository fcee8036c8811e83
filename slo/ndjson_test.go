package slo

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func readAll(in io.Reader) ([]Record, error) {
	var out []Record
	err := ReadMeasurements(in, func(r Record) error { out = append(out, r); return nil })
	return out, err
}

func TestReadMeasurements(t *testing.T) {
	in := `{"probe":"web","location":"eu","agent":"eu-1","seq":17,"at":"2026-10-01T02:00:00.0019+02:00","outcome":"down","latency_ms":12.3,"reason":"connect_refused","evidence":"refused"}

   { "agent" : "é", "epoch":"e", "seq": 18446744073709551615, "probe":"web", "location":"eu", "at":"2026-10-01T00:00:00Z","outcome":"unknown", "other": {"nested":[1,2]} }
{"probe":"web","location":"eu","agent":"a","seq":1,"at":"2026-10-01T00:00:00.007Z","outcome":"up","seat":"1.1","slot":"2026-10-01T00:00:00Z"}` + "\t\r\n" +
		`{"probe":"shop","location":"eu","agent":"a","seq":2,"at":"2026-10-01T00:01:07Z","outcome":"up","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:01:00Z","requests_good":998.5,"requests_total":1000}`
	got, err := readAll(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	at := instant(t, "2026-10-01T00:00:00Z")
	want := []Record{
		{ID: ID{"eu-1", "", 17}, Measurement: &Measurement{Probe: "web", Location: "eu", At: at + 1, Outcome: Down, Reason: ConnectRefused,
			Latency: 12300 * time.Microsecond, Evidence: "refused"}},
		{ID: ID{"é", "e", 1<<64 - 1}, Measurement: &Measurement{Probe: "web", Location: "eu", At: at}},
		{ID: ID{"a", "", 1}, Measurement: &Measurement{Probe: "web", Location: "eu", At: at + 7, Outcome: Up, Seat: "1.1", Slot: at}},
		{ID: ID{"a", "", 2}, Measurement: &Measurement{Probe: "shop", Location: "eu", At: at + 67_000, Outcome: Up,
			Requests: &Requests{Interval{at, at + 60_000}, 998_500, 1_000_000}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadMeasurementsRefuses(t *testing.T) {
	const good = `{"probe":"web","location":"eu","agent":"a","seq":1,"at":"2026-10-01T00:00:00Z","outcome":"up"}`
	for _, c := range []struct{ name, line, want string }{
		{"not JSON", "probe=web", "line 2: not a measurement in JSON"},
		{"two objects", good + good, "line 2: not a measurement in JSON"},
		{"a list", "[" + good + "]", "line 2: not a measurement in JSON"},
		{"no probe", strings.Replace(good, `"web"`, `""`, 1), `line 2: "probe" is missing`},
		{"no location", strings.Replace(good, `"location":"eu",`, ``, 1), `line 2: "location" is missing`},
		{"no agent", strings.Replace(good, `"agent":"a",`, ``, 1), `line 2: "agent" is missing`},
		{"no seq", strings.Replace(good, `"seq":1,`, ``, 1), `line 2: "seq" is missing`},
		{"a null seq", strings.Replace(good, `:1,`, `:null,`, 1), `line 2: "seq" is missing`},
		{"a negative seq", strings.Replace(good, `:1,`, `:-1,`, 1), "line 2: not a measurement in JSON"},
		{"a broken seq", strings.Replace(good, `:1,`, `:1.5,`, 1), "line 2: not a measurement in JSON"},
		{"a seq too large", strings.Replace(good, `:1,`, `:18446744073709551616,`, 1), "line 2: not a measurement in JSON"},
		{"a seq of 01", strings.Replace(good, `:1,`, `:01,`, 1), "line 2: not a measurement in JSON"},
		{"a day", strings.Replace(good, `T00:00:00Z`, ``, 1), `line 2: "at": "2026-10-01" is not an RFC 3339 time`},
		{"no outcome", strings.Replace(good, `"up"`, `"UP"`, 1), `line 2: "outcome": "UP" is not one of up, down, unknown`},
		{"requests of a down", strings.Replace(good, `"up"`, `"down","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:01:00Z"`, 1), "line 2: requests were counted, but the outcome is down"},
		{"requests to nowhere", strings.Replace(good, `"up"`, `"up","requests_from":"2026-10-01T00:00:00Z"`, 1), `line 2: "requests_to": "" is not`},
		{"requests of no time", strings.Replace(good, `"up"`, `"up","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:00:00Z"`, 1), "line 2: requests are those of"},
		{"good requests beyond all", strings.Replace(good, `"up"`, `"up","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:01:00Z","requests_good":1`, 1), "line 2: good requests are 1000 thousandths of 0"},
		{"requests below none", strings.Replace(good, `"up"`, `"up","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:01:00Z","requests_total":-1`, 1), "line 2: requests are -1000 thousandths"},
		{"a seat without a slot", strings.Replace(good, `"up"`, `"up","seat":"1.1"`, 1), `line 2: "slot", which goes with "seat": "" is not`},
		{"too long", strings.Replace(good, `"up"`, `"up","x":"`+strings.Repeat("x", MaxLine)+`"`, 1), "line 2: longer than 65536 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readAll(strings.NewReader(good + "\n" + c.line + "\n" + good + "\n"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if len(got) != 1 {
				t.Errorf("%d records before the error, want 1", len(got))
			}
		})
	}
	broken := errors.New("the disk is gone")
	if _, err := readAll(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a reader's error became %v", err)
	}
	stop := errors.New("stop")
	if err := ReadMeasurements(strings.NewReader(good), func(Record) error { return stop }); !errors.Is(err, stop) || !strings.HasPrefix(err.Error(), "line 1: ") {
		t.Errorf("the caller's error became %v", err)
	}
}

// agree fails where the short way reads a line otherwise than encoding/json.
func agree(t interface{ Fatalf(string, ...any) }, b []byte) (short bool) {
	var got, want line
	r := lineReader{names: map[string]string{}}
	if !r.flat(b, &got) {
		return false
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatalf("%q is read, but encoding/json says %v", b, err)
	}
	if !cmp.Equal(got, want) {
		t.Fatalf("%q:\n%s", b, cmp.Diff(want, got))
	}
	return true
}

func TestFlatLinesAreReadTheShortWay(t *testing.T) {
	for _, l := range strings.Split(strings.TrimSpace(string(monthLines()[:2000])), "\n")[:5] {
		if !agree(t, []byte(l)) {
			t.Errorf("%s is not", l)
		}
		if spaced := strings.NewReplacer(":\"", ": \"", ",", ", ", "seq\":", "seq\": ").Replace(l); !agree(t, []byte(spaced)) {
			t.Errorf("%s is not", spaced)
		}
	}
}

func TestUnusualLinesAreLeftToJSON(t *testing.T) {
	for _, l := range []string{
		"{\"probe\":\"\x01\"}", "{\"probe\":\"\x1f\"}", "{\"probe\":\"a\tb\"}", "{\"probe\":\"\x7f\"}", `{"probe":"\u0041"}`, `{"probe":"é"}`, `{"Probe":"a"}`, `{"other":"a"}`,
		`{"seq":01}`, `{"seq":1.0}`, `{"seq":-1}`, `{"latency_ms":1e3}`, `{"latency_ms":1.}`, `{"latency_ms":.5}`, `{"seq":null}`, `{"seq":"1"}`, `{"probe":1}`,
		`{}`, ``, `[]`, `{"probe":"a"`, `{"probe":"a"}}`, `{"probe":"a",}`, `{"probe"}`, `{,"probe":"a"}`, `{"probe":"a" "agent":"b"}`, `{"probe":"a`,
	} {
		if agree(t, []byte(l)) {
			t.Errorf("%q is read the short way", l)
		}
	}
}

// Lines put together of right and a few wrong tokens are read the same both ways.
func TestFlatAgreesWithJSON(t *testing.T) {
	texts := []string{`"x"`, `""`, `"a b~"`}
	numbers := []string{`1`, `0`, `1.5`, `0.0`, `10`}
	wrong := []string{`"\u0041"`, `"\n"`, `"é"`, "\"\x80\"", "\"\x7f\"", "\"\x01\"", `01`, `1.`, `.5`, `1.2.3`, `00.1`, `-1`, `1e3`, `18446744073709551616`,
		`null`, `true`, `{}`, `[]`, `"x`, `x"`, ``, `{`, `}`, `,`, `:`, "\v", "\n", `"Probe"`, `"other"`}
	short := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		wrongs := rapid.IntRange(0, 2).Draw(t, "wrongs")
		put := func(right ...string) {
			b.WriteString(rapid.SampledFrom([]string{"", "", " ", "\t "}).Draw(t, "space"))
			if wrongs > 0 && rapid.IntRange(0, 7).Draw(t, "wrong") == 0 {
				wrongs--
				right = wrong
			}
			b.WriteString(rapid.SampledFrom(right).Draw(t, "token"))
		}
		put("{")
		for n := range rapid.IntRange(1, 4).Draw(t, "fields") {
			if n > 0 {
				put(",")
			}
			text := rapid.Bool().Draw(t, "text")
			if text {
				put(`"probe"`, `"location"`, `"agent"`, `"epoch"`, `"at"`, `"outcome"`, `"reason"`, `"evidence"`, `"seat"`, `"slot"`)
			} else {
				put(`"seq"`, `"latency_ms"`)
			}
			put(":")
			if text {
				put(texts...)
			} else {
				put(numbers...)
			}
		}
		put("}")
		put("")
		if agree(t, []byte(b.String())) {
			short++
		}
	})
	if short < 10 {
		t.Errorf("only %d lines were read the short way", short)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`{"probe":"web","location":"eu","agent":"a","seq":1,"at":"2026-10-01T00:00:00Z","outcome":"up","latency_ms":12.3}`))
	f.Add([]byte(`{"probe": "web", "location": "eu", "agent": "a", "epoch": "e", "seq": 0, "at": "2026-10-01T00:00:00.5+14:00", "outcome": "down", "reason": "no_reply", "evidence": "\u0000"}`))
	f.Add([]byte(`{"probe":"web","location":"eu","agent":"a","seq":1,"at":"2026-10-01T00:00:00Z","outcome":"up","seat":"1.1","slot":"2026-10-01T00:00:00Z"}`))
	f.Add([]byte(`{"probe":"web","location":"eu","agent":"a","seq":1,"at":"2026-10-01T00:01:07Z","outcome":"up","requests_from":"2026-10-01T00:00:00Z","requests_to":"2026-10-01T00:01:00Z","requests_good":998.5,"requests_total":1000}`))
	f.Add([]byte(`{"PROBE":null,"seq":01,"latency_ms":1e999}`))
	f.Add([]byte(`{"probe":"a","probe":"b"} x`))
	f.Fuzz(func(t *testing.T, b []byte) {
		agree(t, b)
		r := lineReader{names: map[string]string{}}
		rec, err := r.parse(b)
		if err != nil {
			return
		}
		m := rec.Measurement
		if m.Probe == "" || m.Location == "" || rec.Agent == "" || m.At < MinInstant || m.At > MaxInstant || m.Outcome > Down || m.Latency < 0 {
			t.Fatalf("%q became %+v of %+v", b, m, rec.ID)
		}
	})
}
