package report

import (
	"bytes"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Each outage says when it was known, and whose it was where suppliers are
// depended on; the annex says up to which workload anything is promised.
func TestOutagesAndWorkload(t *testing.T) {
	in := goldInput(t)
	a := *in.Agreement
	a.Workload = &slo.WorkloadLimit{Probe: "shop-orders", Above: 6000, Per: time.Minute}
	in.Agreement = &a
	in.Whose = []*slo.Attribution{nil, {Own: time.Minute, Suppliers: []slo.SupplierShare{
		{Supplier: "Example Networks", Down: 86 * time.Second}, {Supplier: "Nobody's Power"}, // who had none of it
	}}}
	for i := range in.Days[:1] {
		in.Days[i].Exempt = 20 * time.Minute
	}
	in.Latencies = []time.Duration{12_300 * time.Microsecond, 80 * time.Millisecond, 3 * time.Second}
	r := Build(in)
	for _, l := range Languages() {
		sameFigures(t, r, l)
		sameTables(t, r, l)
	}
	var text bytes.Buffer
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"detected after 33 s; restored Wed 14 Oct, 03:07:26 +02:00; whose it was: own 1 min, Example Networks 1 min 26 s.",
		"Latency, 50 % 13 ms", "Latency, 99 % 3 s",
		"promised for up to 6000 requests in 1 min, as shop-orders counts them; over it for 20 min, which is left out of agreed time",
	} {
		if !contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
}
