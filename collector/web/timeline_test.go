package web

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// What events set is told in words, in the zone of the page.
func TestEventViews(t *testing.T) {
	views, berlin := words{texts: catalogueOfTexts()[english]}, time.FixedZone("Berlin", 3600)
	for _, c := range []struct {
		kind               slo.EventKind
		value, said, other string
	}{
		{slo.EventMajor, "2026-12-05T15:09:20.644Z Ada Lovelace", "2026-12-05 16:09:20 · Ada Lovelace", ""},
		{slo.EventMajor, "whoever", "whoever", ""},
		{slo.EventTargetNear, "75 response gold", "75 % of the response target of gold", ""},
		{slo.EventTargetNear, "75", "75", ""},
		{slo.EventLinked, "change:77:b", "change 77:b", ""},
		{slo.EventUnlinked, "supplier:ISP", "supplier ISP", ""},
		{slo.EventJoined, "shop-1", "", "shop-1"},
		{slo.EventSplit, "shop-1", "", "shop-1"},
		{slo.EventAssigned, "bob", "bob", ""},
	} {
		got := views.eventViews([]slo.IncidentEvent{{N: 1, Kind: c.kind, Value: c.value}}, berlin)[0]
		if got.Said != c.said || got.Other != c.other {
			t.Errorf("%s %s: %q, %q", c.kind, c.value, got.Said, got.Other)
		}
	}
}
