package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// crowd is the fixtures' services many times over, computed once.
type crowd struct {
	*world
	list []slo.ServiceStatus
}

func (c crowd) Services(slo.Instant) []slo.ServiceStatus { return c.list }

// BenchmarkPages measures what a page costs without the figures in it.
func BenchmarkPages(b *testing.B) {
	o, _ := options(b)
	c := crowd{world: fixed()}
	for i := range 500 {
		st, _ := fixed().Service([]string{"shop", "api", "mail", "dns", "payments"}[i%5], now())
		service := *st.Service
		service.Name = fmt.Sprintf("%s-%d", service.Name, i)
		st.Service = &service
		c.list = append(c.list, st)
	}
	o.Figures = c
	h, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{"services-500": "/", "service": "/services/shop", "api-services-100": "/api/v1/services", "incident": "/incidents/" + openID} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
				b.ReportMetric(float64(w.Body.Len()), "bytes/page")
			}
		})
	}
}
