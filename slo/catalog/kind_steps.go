package catalog

import (
	"fmt"
	"mime"
	"strings"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// steps checks a steps block. What stands for a value must have been given one
// by an earlier step, or be a secret.
func (b *block) steps(s *slo.Steps) {
	known := b.secretNames(s.Secrets)
	if !b.need("do") {
		return
	}
	if len(s.Do) > slo.MaxSteps {
		b.r.errorf(b.at["do"], "", "%d steps are more than %d", len(s.Do), slo.MaxSteps)
	}
	names := map[string]bool{}
	for i := range s.Do {
		if p := fmt.Sprintf("do[%d]", i); !b.bad[p] {
			b.step(p, &s.Do[i], names, known)
		}
	}
}

// secretNames checks the names that stand for secrets, and returns them.
func (b *block) secretNames(secrets map[string]slo.Secret) map[string]bool {
	known := map[string]bool{}
	for _, name := range sortedKeys(secrets) {
		if err := placeholder.CheckName(name); err != nil {
			b.r.errorf(b.at["secrets."+name], "", "%v", err)
		}
		known[name] = true
	}
	return known
}

func (b *block) step(path string, s *slo.Step, names, known map[string]bool) {
	if b.needIn(path, "name") {
		b.check(path+".name", func(s string) error {
			_, err := parseName(s)
			return err
		})
		if names[s.Name] {
			b.r.errorf(b.at[path+".name"], "", "there are two steps %s", quote(s.Name))
		}
		names[s.Name] = true
	}
	if b.needIn(path, "http") {
		h := b.part(path+".http", "http")
		h.open = true
		h.http(&s.HTTP)
		h.journey(&s.HTTP)
		h.placeholders(&s.HTTP, known)
	}
	if len(s.Capture) > slo.MaxCaptures {
		b.r.errorf(b.at[path+".capture"], "", "%d captures are more than %d", len(s.Capture), slo.MaxCaptures)
	}
	for i := range s.Capture {
		if p := fmt.Sprintf("%s.capture[%d]", path, i); !b.bad[p] {
			b.capture(p, &s.Capture[i], known)
		}
	}
}

func (b *block) capture(path string, c *slo.Capture, known map[string]bool) {
	if b.needIn(path, "name") {
		b.check(path+".name", placeholder.CheckName)
		known[c.Name] = true
	}
	if (c.JSON == "") == (c.Regex == "") && !b.bad[path+".json"] && !b.bad[path+".regex"] {
		b.r.errorf(b.at[path], "", "a capture takes its value by one of json and regex")
	}
	b.check(path+".json", func(s string) error {
		_, err := condition.Answer.Value(s)
		return err
	})
	b.check(path+".regex", validPattern)
}

// journey refuses what makes no sense for one step of several.
func (b *block) journey(s *slo.HTTP) {
	if b.given("cookies") {
		b.r.errorf(b.at["cookies"], "leave it out", "the steps share their cookies anyway")
	}
	if s.Connection == "reuse" {
		b.r.errorf(b.at["connection"], "", "a step has a fresh connection")
	}
	if s.Addresses == "each" {
		b.r.errorf(b.at["addresses"], "", "a step goes to one address")
	}
}

// placeholders checks every ${name} of a request.
func (b *block) placeholders(s *slo.HTTP, known map[string]bool) {
	look := func(path, text string) {
		t, err := placeholder.Parse(text)
		if err != nil {
			b.r.errorf(b.at[path], "", "%v", err)
			return
		}
		for _, name := range t.Names() {
			if !known[name] {
				b.r.errorf(b.at[path], b.r.suggest.hint(name, sortedKeys(known)), "${%s} is no secret, and no earlier step captures it", name)
			}
		}
		if path == "url" && !t.Plain() && !behindHost(t.Prefix()) {
			b.r.errorf(b.at[path], "", "a placeholder may stand only behind the host: where a journey goes is the catalogue's to say")
		}
	}
	if b.given("url") {
		look("url", s.URL)
	}
	if b.given("body") {
		look("body", s.Body)
		if t, err := placeholder.Parse(s.Body); err == nil && !t.Plain() && mediaType(s) == "" {
			b.r.warnf(b.at["body"], "application/json and application/x-www-form-urlencoded have their values escaped",
				"values go into the body as they are: no header says its Content-Type")
		}
	}
	for _, name := range sortedKeys(s.Headers) {
		look("headers."+name, s.Headers[name])
	}
}

// fill is a text with something in the places of its placeholders, if it may
// have any.
func (b *block) fill(s string) string {
	if !b.open {
		return s
	}
	t, err := placeholder.Parse(s)
	if err != nil {
		return s // told elsewhere
	}
	return t.Fill(func(string, string) string { return "x" })
}

// behindHost reports whether a URL's beginning holds all of its scheme and host.
func behindHost(prefix string) bool {
	_, rest, ok := strings.Cut(prefix, "://")
	return ok && strings.ContainsAny(rest, "/?")
}

func mediaType(s *slo.HTTP) string {
	for name, value := range s.Headers {
		if strings.EqualFold(name, "Content-Type") {
			media, _, _ := mime.ParseMediaType(value) // "" is none that is known
			return media
		}
	}
	return ""
}
