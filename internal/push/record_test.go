package push

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it):\n%s", file, got)
	}
}

// raw is CBOR that no encoder of ours would write.
func raw(v any) []byte {
	b, err := codec.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

type m = map[int]any

// with is a good measurement's map with some keys changed.
func with(changes m) []byte {
	f := m{1: "web", 2: "eu", 3: 1790000000000, 4: 1}
	for k, v := range changes {
		f[k] = v
	}
	return raw(m{1: f})
}

func readingsOf(samples ...any) []byte {
	return raw(m{2: m{1: "eu", 2: 1790000000000, 3: samples}})
}

func sampleOf(name string, labels map[string]string) any { return []any{name, labels, 1.5} }

// hostileRecords are bytes that no record may have, by what is wrong.
func hostileRecords() (names []string, records [][]byte) {
	add := func(name string, b []byte) { names, records = append(names, name), append(records, b) }
	add("nothing", nil)
	add("not CBOR", []byte("\xff\xff"))
	add("text", []byte("{}"))
	add("an empty map", raw(m{}))
	add("an array", raw([]int{1}))
	add("a cut record", with(nil)[:10])
	add("bytes behind the record", append(with(nil), 0))
	add("two kinds at once", raw(m{1: m{1: "web", 2: "eu", 3: 1790000000000, 4: 1}, 3: m{1: 1, 2: 2, 3: 1790000000000, 4: "x"}}))
	add("a kind of the future", raw(m{9: m{1: "x"}}))
	add("a key twice", []byte{0xa1, 0x01, 0xa2, 0x01, 0x61, 'a', 0x01, 0x61, 'b'})
	add("an indefinite length", []byte{0xbf, 0x01, 0xbf, 0xff, 0xff})
	add("a tag", append([]byte{0xc1}, with(nil)...))
	add("deep nesting", bytes.Repeat([]byte{0x81}, 40))
	add("an array that claims to be huge", []byte{0xa1, 0x02, 0xa1, 0x03, 0x9a, 0xff, 0xff, 0xff, 0xff})
	add("more bytes than any record", make([]byte, MaxRecord+1))
	add("invalid UTF-8", []byte{0xa1, 0x01, 0xa1, 0x01, 0x62, 0xff, 0xfe})
	add("no fields", raw(m{1: m{}}))
	add("probe missing", with(m{1: ""}))
	add("probe too long", with(m{1: strings.Repeat("x", MaxName+1)}))
	add("probe with a line break", with(m{1: "web\nx"}))
	add("probe of a wrong type", with(m{1: 7}))
	add("location with a slash", with(m{2: "../eu"}))
	add("before 1900", with(m{3: int64(slo.MinInstant) - 1}))
	add("after 2200", with(m{3: int64(slo.MaxInstant) + 1}))
	add("instant beyond 64 bits", with(m{3: uint64(math.MaxUint64)}))
	add("instant as a float", with(m{3: 1.5}))
	add("outcome of the future", with(m{4: 3}))
	add("outcome negative", with(m{4: -1}))
	add("reason with blanks", with(m{5: "it is down"}))
	add("latency negative", with(m{6: -1}))
	add("latency of two days", with(m{6: int64(48 * time.Hour / time.Microsecond)}))
	add("transfer beyond 64 bits", with(m{11: uint64(math.MaxUint64)}))
	add("status negative", with(m{12: -1}))
	add("expiry in the year 9999", with(m{13: int64(253402300799000)}))
	add("evidence too long", with(m{14: strings.Repeat("e", slo.MaxEvidence+1)}))
	add("evidence with an escape", with(m{14: "\x1b[31mred"}))
	add("evidence that turns around", with(m{14: "user\u202etxt.exe"}))
	add("revision with quotes", with(m{15: `"`}))
	add("offset of a century", with(m{16: int64(100 * 365 * 24 * time.Hour / time.Microsecond)}))
	add("a seat with a blank", with(m{17: "1 1", 18: 1790000000000}))
	add("a seat too long", with(m{17: strings.Repeat("x", slo.MaxSeat+1), 18: 1790000000000}))
	add("a slot without a seat", with(m{18: 1790000000000}))
	add("a slot after 2200", with(m{17: "1.1", 18: int64(slo.MaxInstant) + 1}))
	requests := m{1: 1790000000000, 2: 1790000060000, 3: 998_500, 4: 1_000_000}
	add("requests of a run that is down", with(m{4: 2, 19: requests}))
	add("requests as an array", with(m{4: 1, 19: []any{1790000000000, 1790000060000}}))
	add("requests of no time", with(m{4: 1, 19: m{1: 1790000000000, 2: 1790000000000}}))
	add("requests of two hours", with(m{4: 1, 19: m{1: 1790000000000, 2: 1790007200000}}))
	add("requests before 1900", with(m{4: 1, 19: m{1: math.MinInt64, 2: math.MaxInt64}}))
	add("requests without number", with(m{4: 1, 19: m{1: 1790000000000, 2: 1790000060000, 4: int64(2e12)}}))
	add("more good requests than all", with(m{4: 1, 19: m{1: 1790000000000, 2: 1790000060000, 3: 11, 4: 10}}))
	add("fewer than no good requests", with(m{4: 1, 19: m{1: 1790000000000, 2: 1790000060000, 3: -1, 4: 10}}))
	add("readings without a location", raw(m{2: m{2: 1790000000000, 3: []any{}}}))
	add("readings with too many samples", readingsOf(bytes2any(MaxSamples+1)...))
	add("a sample of two", readingsOf([]any{"cpu", nil}))
	add("a series that agents may not write", readingsOf(sampleOf("probe_success", nil)))
	add("a series of our own", readingsOf(sampleOf("assay_up", nil)))
	add("a series with a blank", readingsOf(sampleOf("cpu usage", nil)))
	add("a series that begins with a digit", readingsOf(sampleOf("5xx", nil)))
	add("a label with a colon", readingsOf(sampleOf("cpu", map[string]string{"a:b": "x"})))
	add("a reserved label", readingsOf(sampleOf("cpu", map[string]string{"__name__": "x"})))
	add("a label's value with a carriage return", readingsOf(sampleOf("cpu", map[string]string{"a": "x\ry"})))
	add("a value that is no number", readingsOf([]any{"cpu", nil, math.NaN()}))
	add("a value without end", readingsOf([]any{"cpu", nil, math.Inf(-1)}))
	add("a gap of nothing", raw(m{3: m{1: 0, 2: 0, 3: 1790000000000, 4: "x"}}))
	add("a gap backwards", raw(m{3: m{1: 5, 2: 4, 3: 1790000000000, 4: "x"}}))
	add("a gap to the end of numbers", raw(m{3: m{1: 1, 2: uint64(math.MaxUint64), 3: 1790000000000, 4: "x"}}))
	return names, records
}

func bytes2any(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = sampleOf("cpu", nil)
	}
	return out
}

func TestHostileRecords(t *testing.T) {
	names, records := hostileRecords()
	var text strings.Builder
	for i, b := range records {
		r, err := DecodeRecord(b)
		if err == nil {
			t.Errorf("%s was taken as %+v", names[i], r)
			continue
		}
		fmt.Fprintf(&text, "%s\n\t%v\n", names[i], err)
	}
	golden(t, "records.golden", text.String())
}

// What a newer agent adds is passed over.
func TestUnknownKeysArePassedOver(t *testing.T) {
	b := raw(m{1: m{1: "web", 2: "eu", 3: 1790000000000, 4: 2, 5: "status_unexpected", 99: []any{"new", m{1: 2}}}, 50: "newer"})
	got, err := DecodeRecord(b)
	want := slo.Record{Measurement: &slo.Measurement{Probe: "web", Location: "eu", At: 1790000000000, Outcome: slo.Down, Reason: slo.StatusUnexpected}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got.Measurement, err)
	}
}

func TestEncodeRecordRefuses(t *testing.T) {
	tests := map[string]slo.Record{
		"is not exactly one of":                      {},
		`probe name "" is not`:                       {Measurement: &slo.Measurement{Location: "eu"}},
		"evidence holds control":                     {Measurement: &slo.Measurement{Probe: "a", Location: "eu", Evidence: "\x00"}},
		"is not a range":                             {Gap: &slo.Gap{From: 2, To: 1}},
		`series name "probe_success" begins`:         {Readings: &slo.Readings{Location: "eu", Samples: []slo.Sample{{Name: "probe_success"}}}},
		"it is not exactly one of measurement, read": {Measurement: &slo.Measurement{Probe: "a", Location: "eu"}, Gap: &slo.Gap{From: 1, To: 1}},
	}
	for want, r := range tests {
		if _, err := EncodeRecord(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// A certificate that never ends says the year 9999; its measurement must not
// be lost for that.
func TestExpiryBeyondAllInstants(t *testing.T) {
	for at, want := range map[slo.Instant]slo.Instant{
		slo.At(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)): slo.MaxInstant,
		slo.At(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)):         slo.MinInstant,
		0: 0,
	} {
		b, err := EncodeRecord(slo.Record{Measurement: &slo.Measurement{Probe: "a", Location: "eu", At: 1, CertExpiry: at}})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := DecodeRecord(b); err != nil || r.Measurement.CertExpiry != want {
			t.Errorf("expiry %d comes back as %+v, %v; want %d", at, r.Measurement, err, want)
		}
	}
}

// anyRecord draws a record that the domain allows.
func anyRecord(t *rapid.T) slo.Record {
	name := rapid.StringMatching(`[A-Za-z0-9._-]{1,40}`)
	word := rapid.StringMatching(`[a-z_]{0,20}`)
	instant := rapid.Custom(func(t *rapid.T) slo.Instant {
		return slo.Instant(rapid.Int64Range(int64(slo.MinInstant), int64(slo.MaxInstant)).Draw(t, "instant"))
	})
	us := func(most time.Duration) time.Duration {
		n := int64(most / time.Microsecond)
		return time.Duration(rapid.Int64Range(0, n).Draw(t, "µs")) * time.Microsecond
	}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		m := &slo.Measurement{
			Probe: name.Draw(t, "probe"), Location: name.Draw(t, "location"), At: instant.Draw(t, "at"),
			Outcome: slo.State(rapid.IntRange(0, 2).Draw(t, "outcome")), Reason: slo.Reason(word.Draw(t, "reason")),
			Latency:    us(24 * time.Hour),
			Phases:     slo.Phases{Resolve: us(time.Minute), Connect: us(time.Minute), TLS: us(time.Minute), FirstByte: us(time.Minute), Transfer: us(time.Minute)},
			Status:     rapid.IntRange(0, 1<<16).Draw(t, "status"),
			CertExpiry: instant.Draw(t, "expiry"), Evidence: anyText(t), Revision: word.Draw(t, "revision"),
			Offset: time.Duration(rapid.Int64Range(-3_600_000_000, 3_600_000_000).Draw(t, "offset")) * time.Microsecond,
		}
		if rapid.Bool().Draw(t, "seated") {
			m.Seat, m.Slot = name.Draw(t, "seat"), instant.Draw(t, "slot")
		}
		if m.Outcome == slo.Up && rapid.Bool().Draw(t, "counted") {
			total := rapid.Int64Range(0, slo.MaxRequests).Draw(t, "total")
			from := slo.Instant(rapid.Int64Range(int64(slo.MinInstant), int64(slo.MaxInstant)-3_600_000).Draw(t, "from"))
			m.Requests = &slo.Requests{
				Interval: slo.Interval{From: from, To: from + slo.Instant(rapid.Int64Range(1000, 3_600_000).Draw(t, "length"))},
				Good:     rapid.Int64Range(0, total).Draw(t, "good"), Total: total,
			}
		}
		return slo.Record{Measurement: m}
	case 1:
		r := &slo.Readings{Location: name.Draw(t, "location"), At: instant.Draw(t, "at")}
		for range rapid.IntRange(1, 5).Draw(t, "samples") {
			s := slo.Sample{Name: rapid.StringMatching(`cpu[a-z0-9_:]{0,9}`).Draw(t, "series"), Value: rapid.Float64().Draw(t, "value")}
			for range rapid.IntRange(0, 3).Draw(t, "labels") {
				if s.Labels == nil {
					s.Labels = map[string]string{}
				}
				s.Labels[rapid.StringMatching(`[a-z][a-z0-9_]{0,9}`).Draw(t, "label")] = anyText(t)
			}
			r.Samples = append(r.Samples, s)
		}
		return slo.Record{Readings: r}
	}
	from := rapid.Uint64Range(1, maxSeq).Draw(t, "from")
	return slo.Record{Gap: &slo.Gap{From: from, To: rapid.Uint64Range(from, maxSeq).Draw(t, "to"), At: instant.Draw(t, "at"), Reason: slo.Reason(word.Draw(t, "reason"))}}
}

func anyText(t *rapid.T) string {
	return rapid.StringN(0, 60, slo.MaxEvidence).Filter(clean).Draw(t, "text")
}

// A record comes back as it was, alone and inside a journal entry.
func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRecord(t)
		b, err := EncodeRecord(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRecord(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
		id := slo.ID{Agent: "eu-1", Epoch: "e1", Seq: rapid.Uint64Range(1, maxSeq).Draw(t, "seq")}
		entry, err := EncodeEntry(id, 1790000000000, b)
		if err != nil {
			t.Fatal(err)
		}
		e, err := DecodeEntry(entry)
		want.ID = id
		if err != nil || !reflect.DeepEqual(e, slo.Entry{Received: 1790000000000, Record: want}) {
			t.Fatalf("got %+v, %v", e, err)
		}
	})
}

func seeds(f *testing.F) {
	_, records := hostileRecords()
	for _, b := range records {
		if len(b) < 2000 {
			f.Add(b)
		}
	}
	for _, r := range []slo.Record{
		typical(1),
		{Measurement: &slo.Measurement{Probe: "web", Location: "eu", At: 1790000000007, Outcome: slo.Up, Seat: "1.1", Slot: 1790000000000}},
		{Measurement: &slo.Measurement{Probe: "shop", Location: "eu", At: 1790000060007, Outcome: slo.Up,
			Requests: &slo.Requests{Interval: slo.Interval{From: 1790000000000, To: 1790000060000}, Good: 998_500, Total: 1_000_000}}},
		{Readings: &slo.Readings{Location: "eu", At: 1790000000000, Samples: []slo.Sample{{Name: "cpu", Labels: map[string]string{"cpu": "cpu0"}, Value: 1}}}},
		{Gap: &slo.Gap{From: 1, To: 9, At: 1790000000000, Reason: slo.GapQueueFull}},
	} {
		b, err := EncodeRecord(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// FuzzDecodeRecord: what is taken can be encoded, and is the same again.
func FuzzDecodeRecord(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := EncodeRecord(r)
		if err != nil {
			t.Fatalf("%+v was taken and cannot be encoded: %v", r, err)
		}
		twice, err := DecodeRecord(again)
		if err != nil {
			t.Fatal(err)
		}
		once, err := EncodeRecord(twice)
		if err != nil || r.Readings == nil && !bytes.Equal(once, again) {
			t.Fatalf("%x became %x, %v", again, once, err)
		}
	})
}

// FuzzDecodeEntry: the journal's bytes come from a disk.
func FuzzDecodeEntry(f *testing.F) {
	b, err := EncodeRecord(typical(1))
	if err != nil {
		f.Fatal(err)
	}
	entry, err := EncodeEntry(slo.ID{Agent: "eu-1", Epoch: "e1", Seq: 3}, 1790000000000, b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entry)
	f.Add(entry[:20])
	f.Add(raw([]any{"a", "e", 1, 1, []byte{}}))
	f.Add(raw([]any{"a\n", "", 0, -1, b}))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEntry(b)
		if err != nil {
			return
		}
		if err := CheckName("agent", e.Agent); err != nil || e.Seq == 0 || e.Seq > maxSeq {
			t.Fatalf("taken: %+v, %v", e.ID, err)
		}
	})
}

func TestHostileEntries(t *testing.T) {
	good, err := EncodeRecord(typical(1))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		b    []byte
	}{
		{"nothing", nil},
		{"too few", raw([]any{"a", "e", 1})},
		{"too many", raw([]any{"a", "e", 1, 1790000000000, good, 1})},
		{"an agent that is no name", raw([]any{"a b", "e", 1, 1790000000000, good})},
		{"an epoch that is no name", raw([]any{"a", "\n", 1, 1790000000000, good})},
		{"number 0", raw([]any{"a", "e", 0, 1790000000000, good})},
		{"number too large", raw([]any{"a", "e", uint64(1 << 63), 1790000000000, good})},
		{"received in the year 9999", raw([]any{"a", "e", 1, int64(253402300799000), good})},
		{"a record that makes no sense", raw([]any{"a", "e", 1, 1790000000000, []byte{1}})},
	}
	var text strings.Builder
	for _, tt := range tests {
		_, err := DecodeEntry(tt.b)
		if err == nil {
			t.Errorf("%s was taken", tt.name)
		}
		fmt.Fprintf(&text, "%s\n\t%v\n", tt.name, err)
	}
	golden(t, "entries.golden", text.String())
}
