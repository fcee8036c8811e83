package influx_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/assay-sla/assay/collector/remote/influx"
)

// BenchmarkWrite takes writes of Telegraf's default size, 1,000 lines with five
// numbers each, of series that are there.
func BenchmarkWrite(b *testing.B) {
	const perWrite = 1000
	_, api := receiver(b, influx.Options{})
	var body bytes.Buffer
	for n := 0; b.Loop(); n++ {
		body.Reset()
		for i := range perWrite {
			fmt.Fprintf(&body, "mem,host=web-%d,region=eu total=16766570496i,free=%d,used=1.5,active=2i,cached=3 %d\n", i, n, int64(now)*1e6+int64(n%500_000)*1e6)
		}
		w := httptest.NewRecorder()
		api.Write.ServeHTTP(w, httptest.NewRequest(http.MethodPost, influx.V2Path, bytes.NewReader(body.Bytes())))
		if w.Code != http.StatusNoContent {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(b.N*perWrite*5)/b.Elapsed().Seconds(), "samples/s")
}
