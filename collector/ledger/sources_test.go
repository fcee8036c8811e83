package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo/catalog"
)

// A catalogue is kept without what may be a secret in it, and read back as the
// one of its revision.
func TestKeepCatalogue(t *testing.T) {
	text := strings.Replace(yearCatalogue, "tcp: {address: 'web.example:1'}", `http: {url: "https://web.example/", headers: {Authorization: "Bearer hunter2"}}`, 1)
	sources := []catalog.Source{{Name: "all.yaml", Data: []byte("# password: hunter3\n" + text)}}
	c, problems := catalog.Parse(sources)
	must(t, problems.Err())
	entry, contents, err := KeepCatalogue(c, sources, []string{"gold/day", "gone/month"}, (&Chain{}).Changed(nil, c))
	must(t, err)
	if strings.Contains(string(contents), "hunter") {
		t.Errorf("a secret is kept: %s", contents)
	}
	if entry.Kept == entry.Revision || entry.Revision != c.Revision || entry.Files != 1 {
		t.Errorf("%+v", entry)
	}
	if d := cmp.Diff([]string{"gold/month"}, entry.Promises); d != "" {
		t.Errorf("new promises:\n%s", d)
	}
	again, err := OpenCatalogue(entry, contents)
	must(t, err)
	if again.Revision != c.Revision || len(again.Agreements) != 1 || len(again.Probes) != 1 {
		t.Errorf("%+v", again)
	}
	contents[len(contents)/2] ^= 1
	if _, err := OpenCatalogue(entry, contents); err == nil {
		t.Error("other contents are taken")
	}
}

// Sources that cannot be read once they are masked are not kept.
func TestNotKept(t *testing.T) {
	c, _ := parsed(t)
	entry, contents, err := KeepCatalogue(c, []catalog.Source{{Name: "all.yaml", Data: []byte("kind: [")}}, nil, nil)
	must(t, err)
	if contents != nil || entry.Digest != "" || entry.Revision != c.Revision {
		t.Errorf("%+v", entry)
	}
}
