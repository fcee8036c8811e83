package report

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
)

// pictureFile is a logo of a size.
func pictureFile(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.Set(i%width, i/width, color.NRGBA{11, 92, 173, uint8(255 * (i % 2))})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParseColour(t *testing.T) {
	for s, want := range map[string]Colour{"#0b5cad": "#0b5cad", "#A83C00": "#a83c00", "#767676": "#767676", "#000000": "#000000"} {
		if got, err := ParseColour(s); got != want || err != nil {
			t.Errorf("%s is %s, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "0b5cad", "#0b5ca", "#0b5cadf", "blue", "#0b5cag", "#777777", "#ffffff", "#ffcc00", "#+12345", "#0b5cad;x:y"} {
		if got, err := ParseColour(bad); err == nil {
			t.Errorf("%q is %s, not an error", bad, got)
		}
	}
}

func TestParseLogo(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 300, 100)), nil); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"png": pictureFile(t, 440, 96), "jpeg": photo.Bytes()} {
		l, err := ParseLogo(append(b, "<script>"...))
		if err != nil || !bytes.HasPrefix(l, []byte("\x89PNG")) || bytes.Contains(l, []byte("script")) {
			t.Errorf("%s: %d bytes, %v", name, len(l), err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "svg": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "cut off": pictureFile(t, 40, 40)[:60], "too wide": pictureFile(t, 2001, 1), "too high": pictureFile(t, 1, 1001), "too large": make([]byte, MaxLogo+1),
	} {
		if _, err := ParseLogo(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParseLogo(f *testing.F) {
	f.Add(pictureFile(f, 8, 8))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("\xff\xd8\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLogo(b)
		if err != nil {
			return
		}
		if w, h := l.fit(logoWidth, logoHeight); w <= 0 || h <= 0 || w > logoWidth || h > logoHeight {
			t.Errorf("a logo of %v by %v", w, h)
		}
	})
}

// A letterhead stands on every face, and its logo is a picture of the mail.
func TestLetterhead(t *testing.T) {
	logo, err := ParseLogo(pictureFile(t, 440, 96))
	if err != nil {
		t.Fatal(err)
	}
	in := goldInput(t)
	in.Letterhead = Letterhead{
		Sender: "Example Hosting Ltd", Audience: "IT managers of Contoso", Purpose: "monthly review", Colour: "#0b5cad", Logo: logo,
		Cover: []string{"Dear customer, this month's second paragraph is about the certificate.", "<b>Not bold</b>"},
	}
	in.Sources = []Source{{"shop-web", "http", 30_000}}
	r := Build(in)
	for _, l := range Languages() {
		sameFigures(t, r, l)
		if err := PDF(io.Discard, r, l); err != nil {
			t.Error(err)
		}
	}
	html, pictures, err := Mail(r, English)
	if err != nil {
		t.Fatal(err)
	}
	if len(pictures) != 4 || !bytes.Equal(pictures[0].PNG, logo) || !strings.Contains(string(html), "cid:"+pictures[0].ContentID) {
		t.Errorf("%d pictures", len(pictures))
	}
	for _, want := range []string{`width="220" height="48" alt="Example Hosting Ltd"`, "border-bottom:3px solid #0b5cad;", "second paragraph", "&lt;b&gt;Not bold"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the HTML lacks %q", want)
		}
	}
	var text bytes.Buffer
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Example Hosting Ltd Service report", "Audience IT managers of Contoso", "Purpose monthly review", "Probes shop-web (http, every 30 s)"} {
		if !contains(text.String(), want) {
			t.Errorf("the text lacks %q", want)
		}
	}
}
