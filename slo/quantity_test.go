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
