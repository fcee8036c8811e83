package notify

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// BenchmarkSetToPost measures from Set to the request at an Alertmanager over
// loopback, with this many other alerts firing.
func BenchmarkSetToPost(b *testing.B) {
	for _, firing := range []int{0, 1000} {
		b.Run(fmt.Sprintf("firing=%d", firing), func(b *testing.B) {
			got := make(chan struct{}, 1024)
			srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got <- struct{}{} }))
			defer srv.Close()
			a, err := NewAlertmanagers([]Alertmanager{{URL: srv.URL}}, AlertOptions{})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error)
			go func() { done <- a.Run(ctx) }()
			var alerts []Alert
			for i := range firing {
				alerts = append(alerts, named(fmt.Sprint(i)).from(t0))
			}
			requests := (firing + 1 + 63) / 64
			for i := 0; b.Loop(); i++ {
				a.Set(now(), append(alerts[:firing:firing], named("new").from(t0+1+slo.Instant(i))))
				<-got // the first request holds what is new
				b.StopTimer()
				for range requests - 1 {
					<-got
				}
				b.StartTimer()
			}
			cancel()
			<-done
		})
	}
}
