package slo

import "testing"

func TestScopeText(t *testing.T) {
	for text, want := range map[string][2]string{
		"gold": {"agreement", "gold"}, "customer:Contoso Retail": {"customer", "Contoso Retail"}, "supplier:a:b": {"supplier", "a:b"}, "all:": {"all", ""},
	} {
		kind, name := ReadScope(text)
		if got := ScopeText(kind, name); kind != want[0] || name != want[1] || got != text {
			t.Errorf("%s is %q %q, and that is %s", text, kind, name, got)
		}
	}
}
