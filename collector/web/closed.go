package web

import (
	"context"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Closed returns the window before the present one of each calendar objective
// about a service, by agreement and then as written.
type Closed func(ctx context.Context, service string, at slo.Instant) ([]ClosedWindow, error)

// ClosedWindow says whether the figures of a window that is over may change.
type ClosedWindow struct {
	Agreement *slo.Agreement
	Objective string
	Window    slo.Interval
	Final     bool
	Unsealed  bool        // it is final, and is still to be sealed
	Behind    slo.Instant // since when sealing fails or is behind; 0 where it does not
	Waiting   []string    // agents that have not delivered all of it
	Sealed    *int64      // entry of the ledger; nil where it is not sealed
	Restated  []int64     // entries that correct it, oldest first
}

// closedRow is a closed window as a page shows it.
type closedRow struct {
	Agreement, Objective, Period, Standing string
	Explain                                string // the page that explains the figure, "" where there is none
	Final                                  bool
}

// closedRow puts a closed window into words.
func (w words) closedRow(c ClosedWindow) closedRow {
	bound := func(i slo.Instant) string { return i.In(c.Agreement.Zone).Format("2006-01-02 15:04") }
	r := closedRow{
		Agreement: c.Agreement.Name, Objective: c.Objective, Final: c.Final,
		Period: w.t("period", bound(c.Window.From), bound(c.Window.To)),
	}
	switch {
	case c.Sealed != nil && len(c.Restated) > 0:
		r.Standing = w.t("closed.restated", *c.Sealed, w.list(numbered(c.Restated)))
	case c.Sealed != nil:
		r.Standing = w.t("closed.sealed", *c.Sealed)
	case c.Unsealed && c.Behind != 0:
		r.Standing = w.t("closed.behind", bound(c.Behind))
	case c.Unsealed:
		r.Standing = w.t("closed.unsealed")
	case c.Final:
		r.Standing = w.t("closed.final")
	case len(c.Waiting) > 0:
		r.Standing = w.t("closed.waiting", w.list(c.Waiting[:min(len(c.Waiting), maxWaiting)]))
	default:
		r.Standing = w.t("closed.provisional")
	}
	return r
}

// maxWaiting bounds the agents that a line names.
const maxWaiting = 10

func numbered(list []int64) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(n, 10)
	}
	return out
}

// closedRows are those of a service's page. Without the ledger the page has its
// figures all the same.
func (s *site) closedRows(v *visit, service string) []closedRow {
	if s.Closed == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Closed(ctx, service, v.at)
	if err != nil {
		s.Log.Error("reading how closed windows stand failed", "service", service, "error", err)
		return nil
	}
	var out []closedRow
	for _, c := range list {
		row := v.views.words.closedRow(c)
		if s.Explain != nil {
			row.Explain = explainClosed(c)
		}
		out = append(out, row)
	}
	return out
}

// explainClosed is the page that explains the figure of a closed window, ""
// where its agreement has the objective no more.
func explainClosed(c ClosedWindow) string {
	for i := range c.Agreement.Objectives {
		if o := &c.Agreement.Objectives[i]; o.Name == c.Objective {
			return explainWindow(c.Agreement, o, c.Window, shortExplained)
		}
	}
	return ""
}
