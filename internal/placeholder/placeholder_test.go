package placeholder

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, want string
		names      []string
	}{
		{"", "", nil},
		{"plain", "plain", nil},
		{"${a}", "<a>", []string{"a"}},
		{"x${a}y${b_2}z${a}", "x<a>y<b_2>z<a>", []string{"a", "b_2"}},
		{"$$5 and $${a}", "$5 and ${a}", nil},
		{"a$${b}${c}", "a${b}<c>", []string{"c"}},
	} {
		p, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := p.Fill(func(name, _ string) string { return "<" + name + ">" }); got != c.want || !slices.Equal(p.Names(), c.names) || p.Plain() != (c.names == nil) {
			t.Errorf("%q: %q with %q, want %q with %q", c.text, got, p.Names(), c.want, c.names)
		}
	}
	for _, bad := range []string{"$", "$a", "a$", "${", "${a", "${}", "${1}", "${a-b}", "${ä}", "${" + strings.Repeat("a", MaxName+1) + "}", "$$$"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestFillTellsWhatCameBefore(t *testing.T) {
	p, err := Parse("/a/${x}?q=${x}")
	if err != nil {
		t.Fatal(err)
	}
	var before []string
	p.Fill(func(_, so string) string { before = append(before, so); return "v" })
	if want := []string{"/a/", "/a/v?q="}; !slices.Equal(before, want) || p.Prefix() != "/a/" {
		t.Errorf("before %q, prefix %q", before, p.Prefix())
	}
}

// FuzzParse: a text that parses gives itself back with its placeholders.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a", "${a}", "$$", "x${a}$$y${b}", "${", "$x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		back := p.Fill(func(name, _ string) string { return "${" + name + "}" })
		if back != strings.ReplaceAll(s, "$$", "$") && !strings.Contains(s, "$$") {
			t.Errorf("%q gave %q", s, back)
		}
		for _, n := range p.Names() {
			if CheckName(n) != nil {
				t.Errorf("%q has the name %q", s, n)
			}
		}
	})
}
