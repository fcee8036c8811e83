package slo

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseInstant(t *testing.T) {
	for in, want := range map[string]string{
		"2026-10-01T00:00:00Z":             "2026-10-01T00:00:00Z",
		"2026-10-01T02:00:00+02:00":        "2026-10-01T00:00:00Z",
		"2026-10-01T00:00:00.5Z":           "2026-10-01T00:00:00.5Z",
		"2026-10-01T00:00:00.123999999Z":   "2026-10-01T00:00:00.123Z",
		"1969-12-31T23:59:59.9999Z":        "1969-12-31T23:59:59.999Z", // down, not towards 1970
		"1900-01-01T00:00:00Z":             "1900-01-01T00:00:00Z",
		"2200-01-01T00:00:00Z":             "2200-01-01T00:00:00Z",
		"2026-10-01T00:00:00-00:00":        "2026-10-01T00:00:00Z",
		"2026-10-01T00:00:00.000000001Z":   "2026-10-01T00:00:00Z",
		"2028-02-29T23:59:59.999999+14:00": "2028-02-29T09:59:59.999Z",
	} {
		if got, err := ParseInstant(in); err != nil || got.String() != want {
			t.Errorf("ParseInstant(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "now", "2026-10-01", "2026-10-01 00:00:00Z", "2026-10-01T00:00:00", "2026-10-01T0:00:00Z", "2026-10-01T00:00:00,5Z",
		"2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-10-01T24:00:00Z", "2026-10-01T00:00:60Z", "2026-10-01T00:00:00+24:00",
		"1899-12-31T23:59:59.999Z", "2200-01-01T00:00:00.001Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1759276800",
	} {
		if got, err := ParseInstant(in); err == nil {
			t.Errorf("ParseInstant(%q) = %v, want an error", in, got)
		}
	}
}

func TestInstantRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Instant(rapid.Int64Range(int64(MinInstant), int64(MaxInstant)).Draw(t, "instant"))
		b, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var got Instant
		if err := json.Unmarshal(b, &got); err != nil || got != i {
			t.Fatalf("%d is written %s and read as %d, %v", i, b, got, err)
		}
		if At(i.Time()) != i || At(i.In(time.FixedZone("x", 3600))) != i {
			t.Fatalf("%v to a time and back", i)
		}
	})
	if d := MaxInstant.Sub(MinInstant); d != maxDuration.Sub(0) || MinInstant.Sub(MaxInstant) != -d {
		t.Errorf("300 years are %v", d)
	}
	if far := At(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)); far.Sub(MinInstant) <= 0 {
		t.Error("a certificate that never ends has ended")
	}
}

func TestInterval(t *testing.T) {
	v := Interval{10, 20}
	for _, c := range []struct {
		w, want Interval
	}{
		{Interval{0, 5}, Interval{10, 10}}, {Interval{0, 10}, Interval{10, 10}}, {Interval{5, 15}, Interval{10, 15}},
		{Interval{12, 13}, Interval{12, 13}}, {Interval{15, 25}, Interval{15, 20}}, {Interval{20, 30}, Interval{20, 20}}, {Interval{25, 30}, Interval{25, 25}},
	} {
		if got := v.Intersect(c.w); got != c.want {
			t.Errorf("%v with %v is %v, want %v", v, c.w, got, c.want)
		}
	}
	if !v.Contains(10) || v.Contains(20) || v.Contains(9) {
		t.Error("an interval holds its beginning and not its end")
	}
	if (Interval{5, 3}).Length() != 0 || v.Length() != 10*time.Millisecond || !(Interval{5, 3}).Empty() || v.Empty() {
		t.Error("Length or Empty")
	}
}
