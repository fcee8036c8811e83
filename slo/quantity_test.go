package slo_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func TestQuantityRefuses(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1.1e30, -1.1e30} {
		if q, err := slo.NewQuantity(v); err == nil {
			t.Errorf("%v is taken as %v", v, q)
		}
	}
	for _, s := range []string{"", "NaN", "Inf", "-inf", "1e31", "one", "1 2"} {
		if q, err := slo.ParseQuantity(s); err == nil {
			t.Errorf("%q is taken as %v", s, q)
		}
	}
	var q slo.Quantity
	for _, s := range []string{`"1"`, `null`, `1e99`, `{}`} {
		if err := json.Unmarshal([]byte(s), &q); err == nil {
			t.Errorf("%s is taken as %v", s, q)
		}
	}
}

func TestQuantityRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, err := slo.NewQuantity(rapid.Float64Range(-slo.MaxQuantity, slo.MaxQuantity).Draw(t, "v"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var got slo.Quantity
		if err := json.Unmarshal(b, &got); err != nil || got != q {
			t.Fatalf("%s reads as %v: %v", b, got, err)
		}
	})
}

func TestQuantityShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 0.849: "0.85", 12.34: "12.3", 180.4: "180", -2.5: "-2.50", 9999: "9999", 12_345: "12.3 k",
		1.712e12: "1.71 T", 2e12: "2 T", 5e8: "500 M", 3e20: "300000 P",
	} {
		q, err := slo.NewQuantity(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Short(); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}
