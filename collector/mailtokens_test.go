package collector

import (
	"testing"
)

func TestWithoutTokens(t *testing.T) {
	for raw, want := range map[string]string{
		"nothing":                              "nothing",
		"see https://a.example/survey/Ab-_9 .": "see https://a.example/survey/~~~~~ .",
		"https://a.example/sur=\r\nvey=\r\n/A=\r\nb?score=3D1": "https://a.example/sur=\r\nvey=\r\n/~=\r\n~?score=3D1",
		"/survey/a and /survey/=\nb":                           "/survey/~ and /survey/=\n~",
		"/surveys/a /survey/":                                  "/surveys/a /survey/",
	} {
		if got := withoutTokens([]byte(raw)); string(got) != want {
			t.Errorf("%q is shown as %q, want %q", raw, got, want)
		}
	}
}
