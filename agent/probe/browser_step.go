package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// lookAgain is how long a step that cannot be done yet waits.
const lookAgain = 50 * time.Millisecond

// browserStep is one thing to do on a page.
type browserStep struct {
	name string // such as click #pay
	text placeholder.Text
	do   func(x *browserStep, at *place) error
	sel  chromedp.CSS
	hold *condition.Expression
}

// place is where a step is done.
type place struct {
	visit  *visit
	tab    context.Context // of the page
	work   context.Context // until the work is over
	values map[string]string
}

func newBrowserSteps(s *slo.Browser) ([]browserStep, error) {
	if len(s.Do) > slo.MaxBrowserSteps {
		return nil, fmt.Errorf("%d steps are more than %d", len(s.Do), slo.MaxBrowserSteps)
	}
	var steps []browserStep
	for i := range s.Do {
		x, err := newBrowserStep(&s.Do[i])
		for _, name := range x.text.Names() {
			if _, known := s.Secrets[name]; !known && err == nil {
				err = fmt.Errorf("${%s} is no secret of this probe", name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		steps = append(steps, x)
	}
	return steps, nil
}

func newBrowserStep(s *slo.BrowserStep) (x browserStep, err error) {
	n := 0
	if s.Click != "" {
		n, x = n+1, browserStep{name: "click " + s.Click, do: (*browserStep).click, sel: chromedp.CSS(s.Click)}
	}
	if s.Wait != "" {
		n, x = n+1, browserStep{name: "wait for " + s.Wait, do: (*browserStep).wait, sel: chromedp.CSS(s.Wait)}
	}
	if s.Type != (slo.Typing{}) {
		n, x = n+1, browserStep{name: "type into " + s.Type.Into, do: (*browserStep).typeText, sel: chromedp.CSS(s.Type.Into)}
		if x.text, err = placeholder.Parse(s.Type.Text); err != nil {
			return x, err
		}
		if x.sel == "" {
			return x, errors.New("text is typed into nothing")
		}
	}
	if s.Assert != "" {
		n, x = n+1, browserStep{name: "assert " + s.Assert, do: (*browserStep).assert}
		if x.hold, err = condition.Page.Condition(s.Assert); err != nil {
			return x, err
		}
	}
	if n != 1 {
		return x, errors.New("it is not one of click, type, wait and assert")
	}
	return x, nil
}

// walk goes the steps, and names the one that fails.
func (t *browserTest) walk(tab, work context.Context, v *visit, values map[string]string) error {
	at := &place{v, tab, work, values}
	for i := range t.steps {
		x := &t.steps[i]
		if v.run.trace != nil {
			v.run.trace.add("step", "%d, %s", i+1, x.name)
		}
		err := x.do(x, at)
		if err == nil {
			continue
		}
		err = v.broken("the browser did not answer in time", err)
		var f *failure
		if errors.As(err, &f) && f.outcome == slo.Down {
			named := *f
			named.text = fmt.Sprintf("step %d of %d, %s: %s", i+1, len(t.steps), v.run.clean(x.name, 200), f.text)
			return &named
		}
		return err
	}
	return nil
}

func (x *browserStep) click(at *place) error { return x.use(at, chromedp.Click(x.sel)) }
func (x *browserStep) wait(at *place) error  { return x.use(at, chromedp.WaitVisible(x.sel)) }

// typeText presses the keys of a text. They go to the element that has the
// focus, so a page cannot have them taken as the path of a file to read.
func (x *browserStep) typeText(at *place) error {
	if err := x.use(at, chromedp.Focus(x.sel, chromedp.NodeVisible)); err != nil {
		return err
	}
	text := x.text.Fill(func(name, _ string) string { return at.values[name] })
	return chromedp.Do(at.work, chromedp.KeyEvent(text))
}

// use does something with the step's element, as soon as it is there. That the
// page changed under it is no failure while there is time.
func (x *browserStep) use(at *place, do chromedp.Action[chromedp.Void]) error {
	for {
		err := chromedp.Do(at.work, do)
		var refused *cdproto.Error
		switch {
		case err == nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			return downf(slo.ElementMissing, "nothing to be seen matched in time; %s", at.visit.look(at.tab))
		case !errors.As(err, &refused) && !errors.Is(err, chromedp.ErrInvalidDimensions):
			return err
		case refused != nil && refused.Message == "DOM Error while querying":
			return unknownf(slo.AgentUnsupported, "the browser does not take the selector %s", x.sel)
		}
		if !pause(at.work) {
			return downf(slo.ElementMissing, "what matched could not be used: %v; %s", err, at.visit.look(at.tab))
		}
	}
}

// assert looks at the page until the condition holds.
func (x *browserStep) assert(at *place) error {
	last := errors.New("the page did not answer")
	for {
		values, err := at.visit.values(at.work)
		if err == nil {
			var holds bool
			if holds, err = x.hold.Holds(at.work, values); holds {
				return nil
			}
			last = err
		}
		switch {
		case errors.Is(err, condition.ErrCost):
			return unknownf(slo.AgentOverloaded, "%v", err)
		case errors.Is(err, context.Canceled):
			return err
		case pause(at.work):
			continue
		case last != nil && !errors.Is(last, condition.ErrTime):
			return downf(slo.AssertionFailed, "it had no value in time: %s; %s", at.visit.run.clean(last.Error(), 200), at.visit.look(at.tab))
		}
		return downf(slo.AssertionFailed, "it did not come to hold in time; %s", at.visit.look(at.tab))
	}
}

// pause waits before another look, and reports whether there is time for one.
func pause(work context.Context) bool {
	select {
	case <-time.After(lookAgain):
		return true
	case <-work.Done():
		return false
	}
}

// sight is what the page shows.
type sight struct{ Title, URL, Text string }

// sightSource reads a page, within bounds. Fields of the page cannot be in the
// way of a browser's own.
const sightSource = `(() => {
	const text = document.body ? document.body.innerText : "";
	return {Title: String(document.title).slice(0, 1024), URL: String(location.href).slice(0, 8192), Text: String(text).slice(0, 65536)};
})()`

// values are what a condition sees of the page now.
func (v *visit) values(ctx context.Context) (map[string]any, error) {
	s, err := chromedp.Run(ctx, chromedp.Evaluate[sight](sightSource))
	if err != nil {
		return nil, err
	}
	status := v.status()
	v.mu.Lock()
	defer v.mu.Unlock()
	return map[string]any{
		"page.title": s.Title, "page.url": s.URL, "page.text": s.Text, "page.status": status, "page.errors": v.errors, "now": v.run.at.Time(),
	}, nil
}

// look describes the page for evidence, in what is left of the run.
func (v *visit) look(tab context.Context) string {
	s, err := chromedp.Run(tab, chromedp.Evaluate[sight](sightSource))
	status := v.status()
	v.mu.Lock()
	defer v.mu.Unlock()
	clean, quote := v.run.clean, v.run.quote
	scripts := ""
	if v.errors > 0 {
		scripts = fmt.Sprintf("; uncaught errors of scripts: %d, the last %s", v.errors, v.said)
	}
	if err != nil {
		return fmt.Sprintf("the page at %s does not answer, status %d%s", clean(v.document.url, 200), status, scripts)
	}
	return fmt.Sprintf("the page is %s at %s, status %d, beginning %s%s", quote(s.Title, 100), clean(s.URL, 200), status, quote(s.Text, 200), scripts)
}
