package push

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// An assignment with orders is read as it was written; one without has no word of
// them, so that its bytes are those of before.
func TestOrders(t *testing.T) {
	p := &slo.Probe{Name: "restore", Every: 24 * time.Hour, Timeout: 8 * time.Hour, Hold: 48 * time.Hour, Confirm: 1, Spec: &slo.Exec{Command: "restore"}}
	want := Assignment{Revision: "r", Catalogue: "c", Orders: []Order{{"d-1", p}}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Assignment
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b, err := json.Marshal(Assignment{}); err != nil || strings.Contains(string(b), "orders") {
		t.Errorf("%s, %v", b, err)
	}
	for _, bad := range []string{
		strings.Replace(string(b), `"d-1"`, `"d 1"`, 1), strings.Replace(string(b), `"d-1"`, `""`, 1),
		strings.Replace(string(b), `"timeout":28800000000000`, `"timeout":0`, 1),
	} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil || !strings.Contains(err.Error(), "the order of the drill") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
