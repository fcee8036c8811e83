package report

import "testing"

func TestInHundredths(t *testing.T) {
	for in, want := range map[string]string{
		"97.361111": "97.36", "99.999999": "99.99", "99.500000": "99.5", "100.000000": "100", "100": "100", "0.004": "0",
	} {
		if got := inHundredths(in); got != want {
			t.Errorf("%s is shown as %s, not %s", in, got, want)
		}
	}
}
