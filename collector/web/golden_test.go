package web

import (
	"crypto/sha256"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func digest(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), rewrite it with -update:\n%s", path, diff)
	}
}

func TestPages(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"services": "/", "service": "/services/shop", "service-day": "/services/shop?day=2026-10-05", "incidents": "/incidents",
		"incident": "/incidents/api-20261009T030000Z", "agents": "/agents", "capacity": "/capacity",
		"explain": "/services/shop/explain?objective=gold/monthly&window=2026-10", "explain-slices": "/services/shop/explain?objective=gold/five-minutes&limit=2",
		"explain-latency": "/services/shop/explain?objective=gold/quick&limit=3", "explain-composite": "/services/shop/explain?objective=gold/both",
		"explain-outages": "/services/shop/explain?objective=gold/few", "explain-each": "/services/shop/explain?objective=gold/each&limit=3",
		"explain-requests": "/services/shop/explain?objective=peak/answered&window=2026-10-05&limit=1",
	} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh-CN,zh;q=0.9,en;q=0.5"} {
			w := get(t, h, path, "Accept-Language", accept, "Cookie", visitorCookie+"=fixed")
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			page := csrfToken.ReplaceAllString(w.Body.String(), `name="csrf" value="TOKEN"`)
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(page, "/static/$1.HASH.$2"))
		}
	}
}
