package collector

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// Paths of continuity.
const (
	continuityPath = "/continuity"           // the plans for people
	planCopyPath   = "/continuity/copy.html" // for when the site is lost
	plansPath      = "/api/v1/continuity"
	drillsPath     = "/api/v1/drills"
)

// continuityPages serves the plans and their drills.
func (c *Collector) continuityPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+planCopyPath, c.showPlans)
	mux.HandleFunc("GET "+plansPath, c.listPlans)
	mux.HandleFunc("GET "+drillsPath, c.listDrills)
	mux.HandleFunc("POST "+drillsPath, c.declareDrill)
	mux.HandleFunc("GET "+drillsPath+"/{id}", c.showDrill)
	mux.HandleFunc("POST "+drillsPath+"/{id}/abort", c.abortDrill)
	mux.HandleFunc("POST "+drillsPath+"/{id}/review", c.reviewDrill)
	mux.HandleFunc("POST "+drillsPath+"/{id}/events/{n}/undo", c.undoReview)
	return mux
}

// drillLine is a drill as tools read it. Times of its terms are in nanoseconds.
type drillLine struct {
	ID       string           `json:"id"`
	Plan     string           `json:"plan"`
	Drill    string           `json:"drill"`
	State    slo.DrillState   `json:"state"`
	Passed   *bool            `json:"passed"` // null while it runs and where it was given up
	Declared slo.Instant      `json:"declared"`
	By       string           `json:"by"`
	Ended    *slo.Instant     `json:"ended"`
	Terms    slo.DrillTerms   `json:"terms"`
	Result   *slo.DrillResult `json:"result"`
	Review   *slo.DrillReview `json:"review"`
	Events   []slo.DrillEvent `json:"events"`
}

func lineOfDrill(d *slo.Drill) drillLine {
	l := drillLine{ID: d.ID, Plan: d.Plan, Drill: d.Name, State: d.State(), Declared: d.Declared, By: d.By, Ended: known(d.Ended()),
		Terms: d.Terms, Result: d.Result(), Review: d.Review(), Events: d.Events}
	if l.Ended != nil && l.State != slo.DrillAborted {
		passed := d.Passed()
		l.Passed = &passed
	}
	return l
}

// planLine is a plan as tools read it.
type planLine struct {
	Plan     string    `json:"plan"`
	Services []string  `json:"services"`
	Owner    string    `json:"owner"`
	RTO      int64     `json:"rto_ms"`
	RPO      int64     `json:"rpo_ms"`
	Drills   []string  `json:"drills"`
	Due      []dueLine `json:"due"`
}

type dueLine struct {
	Drill  string         `json:"drill"` // "" is any
	Reason slo.TestReason `json:"reason"`
	By     slo.Instant    `json:"by"`
	Late   bool           `json:"late"`
	Change string         `json:"change,omitempty"` // ID of the change that it follows
}

func (c *Collector) showPlans(w http.ResponseWriter, r *http.Request) {
	b, err := c.drills.page(r.Context(), c.catalog.current(), c.now())
	if err != nil {
		c.answerFailure(w, "writing the continuity plans", err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The page carries its looks inside, and nothing else.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_, _ = w.Write(b) // nobody is left to tell
}

func (c *Collector) listPlans(w http.ResponseWriter, r *http.Request) {
	at := c.now()
	list, err := c.drills.standings(r.Context(), c.catalog.current(), at)
	if err != nil {
		c.answerFailure(w, "listing the continuity plans", err)
		return
	}
	lines := make([]planLine, 0, len(list))
	for _, s := range list {
		lines = append(lines, lineOfPlan(s, at))
	}
	answer(w, map[string]any{"at": at, "plans": lines})
}

func lineOfPlan(s continuity.Standing, at slo.Instant) planLine {
	l := planLine{Plan: s.Name, Services: s.Services, Owner: s.Owner, RTO: s.RTO.Milliseconds(), RPO: s.RPO.Milliseconds(), Drills: []string{}, Due: []dueLine{}}
	for _, d := range s.Drills {
		l.Drills = append(l.Drills, d.Name)
	}
	for _, d := range s.Due {
		l.Due = append(l.Due, dueLine{d.Drill, d.Reason, d.By, d.Late(at), d.Change})
	}
	return l
}

func (c *Collector) listDrills(w http.ResponseWriter, r *http.Request) {
	_, limit, ok := trailBounds(w, r)
	if !ok {
		return
	}
	list, err := c.store.Drills(r.Context(), sqlstore.DrillFilter{Limit: limit})
	if err != nil {
		c.answerFailure(w, "listing drills", err)
		return
	}
	lines := make([]drillLine, 0, len(list))
	for i := range list {
		lines = append(lines, lineOfDrill(&list[i]))
	}
	answer(w, map[string]any{"drills": lines})
}

func (c *Collector) showDrill(w http.ResponseWriter, r *http.Request) {
	d, err := c.store.Drill(r.Context(), r.PathValue("id"))
	c.answerDrill(w, d, err)
}

// answerDrill answers with a drill, or with why there is none.
func (c *Collector) answerDrill(w http.ResponseWriter, d slo.Drill, err error) {
	var refused slo.DrillRefusal
	switch {
	case err == nil:
		answer(w, lineOfDrill(&d))
	case errors.Is(err, sqlstore.ErrNotFound):
		answerError(w, http.StatusNotFound, "not_found", web.ErrNoDrill.Error())
	case errors.As(err, &refused):
		status, code, message := web.Refusal(refused)
		answerError(w, status, code, message)
	default:
		c.answerFailure(w, "a drill", err)
	}
}

func (c *Collector) declareDrill(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Plan       string       `json:"plan"`
		Drill      string       `json:"drill"`
		Disruption *slo.Instant `json:"disruption"`
		Reason     string       `json:"reason"`
	}
	if !readDrill(w, r, &in) {
		return
	}
	at := c.now()
	d, err := c.drills.Declare(context.WithoutCancel(r.Context()), web.DrillDeclaration{
		Plan: in.Plan, Drill: in.Drill, Disruption: *cmp.Or(in.Disruption, &at), At: at, Actor: cmp.Or(web.ActorOf(r), "somebody"), Text: printable(in.Reason),
	})
	c.answerDrill(w, d, err)
}

func (c *Collector) abortDrill(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	if readDrill(w, r, &in) {
		c.addToDrill(w, r, slo.DrillEvent{Act: slo.AbortDrill, Text: printable(in.Reason)})
	}
}

func (c *Collector) reviewDrill(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Participants string `json:"participants"`
		Passed       *bool  `json:"passed"`
		Comment      string `json:"comment"`
		Actions      string `json:"actions"`
	}
	if !readDrill(w, r, &in) {
		return
	}
	if in.Passed == nil {
		answerError(w, http.StatusBadRequest, "bad_request", "passed: true or false is wanted")
		return
	}
	c.addToDrill(w, r, slo.DrillEvent{Act: slo.ReviewDrill, Review: &slo.DrillReview{
		Participants: printable(in.Participants), Passed: *in.Passed, Comment: printable(in.Comment), Actions: printable(in.Actions)}})
}

func (c *Collector) undoReview(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the number of an event is a number")
		return
	}
	if readDrill(w, r, &in) {
		c.addToDrill(w, r, slo.DrillEvent{Act: slo.UndoDrill, Undoes: n, Text: printable(in.Reason)})
	}
}

func (c *Collector) addToDrill(w http.ResponseWriter, r *http.Request, e slo.DrillEvent) {
	e.At, e.Actor = c.now(), cmp.Or(web.ActorOf(r), "somebody")
	d, err := c.drills.Add(context.WithoutCancel(r.Context()), r.PathValue("id"), e)
	c.answerDrill(w, d, err)
}

// readDrill reads the body of a request, and answers where it cannot be read.
func readDrill(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := web.ReadBody(r, into); err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the body is no JSON object of the fields that are known here")
		return false
	}
	return true
}

// printable is a text without what does not print; line ends stay.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}
