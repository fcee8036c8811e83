package catalog

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// browser checks a browser block.
func (b *block) browser(s *slo.Browser) {
	if b.need("url") {
		b.check("url", validPage)
	}
	known := b.secretNames(s.Secrets)
	b.within("viewport.width", s.Viewport.Width, slo.MinViewport, slo.MaxViewport)
	b.within("viewport.height", s.Viewport.Height, slo.MinViewport, slo.MaxViewport)
	if len(s.Do) > slo.MaxBrowserSteps {
		b.r.errorf(b.at["do"], "", "%d steps are more than %d", len(s.Do), slo.MaxBrowserSteps)
	}
	for i := range s.Do {
		if p := fmt.Sprintf("do[%d]", i); !b.bad[p] {
			b.browserStep(p, &s.Do[i], known)
		}
	}
}

// browserStep wants exactly one of a step's fields.
func (b *block) browserStep(path string, s *slo.BrowserStep, known map[string]bool) {
	n := 0
	for _, name := range []string{"click", "type", "wait", "assert"} {
		if p := path + "." + name; b.at[p] != nil || b.bad[p] {
			n++
		}
	}
	if n != 1 {
		b.r.errorf(b.at[path], "", "a step is one of click, type, wait and assert")
	}
	b.check(path+".click", validSelector)
	b.check(path+".wait", validSelector)
	b.check(path+".assert", func(s string) error {
		_, err := condition.Page.Condition(s)
		return err
	})
	if b.given(path + ".type") {
		b.typing(path+".type", s.Type.Text, known)
	}
}

func (b *block) typing(path, text string, known map[string]bool) {
	if b.needIn(path, "into") {
		b.check(path+".into", validSelector)
	}
	if !b.needIn(path, "text") {
		return
	}
	if len(text) > slo.MaxTyped {
		b.r.errorf(b.at[path+".text"], "", "%d bytes are more than %d", len(text), slo.MaxTyped)
	}
	t, err := placeholder.Parse(text)
	if err != nil {
		b.r.errorf(b.at[path+".text"], "", "%v", err)
	}
	for _, name := range t.Names() {
		if !known[name] {
			b.r.errorf(b.at[path+".text"], b.r.suggest.hint(name, sortedKeys(known)), "${%s} is no secret of this probe", name)
		}
	}
}

// validPage is validURL for a page: a fragment is no mistake, as it tells the
// page's scripts what to show.
func validPage(s string) error {
	before, fragment, found := strings.Cut(s, "#")
	if found && (fragment == "" || strings.ContainsAny(fragment, " \"<>\\^`{|}")) {
		return fmt.Errorf("%s is not a URL such as https://example.com/#/login", quote(s))
	}
	if err := noHostile(s); err != nil {
		return err
	}
	return validURL(before)
}

// validSelector bounds a selector; whether it is one only a browser can say.
func validSelector(s string) error {
	if s == "" || len(s) > slo.MaxSelector {
		return fmt.Errorf("a selector has 1 to %d bytes", slo.MaxSelector)
	}
	return nil
}
