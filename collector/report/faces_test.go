package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it and run go test -update:\n%s", file, got)
	}
}

func TestFaces(t *testing.T) {
	r := Build(goldInput(t))
	model, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "gold-2026-10.json", append(model, '\n'))
	for l, name := range map[Language]string{English: "gold-2026-10.txt", Chinese: "gold-2026-10.zh.txt"} {
		var text bytes.Buffer
		if err := Text(&text, r, l); err != nil {
			t.Fatal(err)
		}
		golden(t, name, text.Bytes())
	}
	html, _, err := Mail(r, English)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "gold-2026-10.mail.html", html)
	if out := os.Getenv("REPORT_OUT"); out != "" {
		for _, l := range Languages() {
			var b bytes.Buffer
			if err := PDF(&b, r, l); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(out+"."+string(l)+".pdf", b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := HTML(&b, r, English); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes of HTML, %d with pictures", len(html), b.Len())
	}
}
