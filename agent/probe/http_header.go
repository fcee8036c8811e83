package probe

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// headerRule is an expression that a header of the answer must match, or must
// not.
type headerRule struct {
	name string // canonical
	re   *regexp.Regexp
	not  bool
}

// headerRules prepares the expressions by the names of their headers.
func headerRules(match, noMatch map[string]string) (rules []headerRule, err error) {
	for _, list := range []struct {
		patterns map[string]string
		not      bool
	}{{match, false}, {noMatch, true}} {
		for _, name := range slices.Sorted(maps.Keys(list.patterns)) {
			re, err := regexp.Compile(list.patterns[name])
			if err != nil || !httpguts.ValidHeaderFieldName(name) {
				return nil, fmt.Errorf("header %q: not a header, or not an expression", name)
			}
			rules = append(rules, headerRule{http.CanonicalHeaderKey(name), re, list.not})
		}
	}
	return rules, nil
}

// judge holds an answer's header against the rule; nil where it is kept.
func (h *headerRule) judge(r *run, resp *http.Response) *failure {
	values := resp.Header[h.name]
	found := slices.ContainsFunc(values, h.re.MatchString)
	if found != h.not {
		return nil
	}
	want := "to match"
	if h.not {
		want = "not to match"
	}
	got := "which is missing"
	if len(values) > 0 {
		got = fmt.Sprintf("got %s", r.quote(h.name+": "+values[0], 240))
	}
	return downf(slo.HeaderMismatch, "expected the header %s from %s %s %s, %s; status %s", h.name, r.peer, want, h.re, got, r.statusLine(resp))
}
