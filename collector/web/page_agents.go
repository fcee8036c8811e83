package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// agentsView is the page of the agents.
type agentsView struct {
	Rows   []agentRow
	Silent int
	More   int // agents left out
}

type agentRow struct {
	slo.AgentStatus
	Mark    mark
	Offset  string
	Skewed  bool   // the clock is off by so much that what it measures is corrected
	Marked  bool   // and marked
	Room    string // for more probes; "" where it is not known
	Scarce  string // what would run out
	Full    bool
	Version string
}

const (
	maxAgents = 1000
	skew      = time.Second
)

func (s *site) agentsPage(v *visit) error {
	list := slices.Clone(s.Agents.Agents(v.at))
	slices.SortStableFunc(list, func(a, b slo.AgentStatus) int {
		return cmp.Or(silentFirst(a, b), cmp.Compare(a.Location, b.Location), cmp.Compare(a.Agent, b.Agent))
	})
	var page agentsView
	for _, a := range list {
		if a.Silent {
			page.Silent++
		}
		if len(page.Rows) == maxAgents {
			page.More++
			continue
		}
		page.Rows = append(page.Rows, v.views.agentRow(a))
	}
	return s.render(v, http.StatusOK, "agents", v.views.t("agents.title"), page, true)
}

func silentFirst(a, b slo.AgentStatus) int {
	switch {
	case a.Silent == b.Silent:
		return 0
	case a.Silent:
		return -1
	}
	return 1
}

func (w words) agentRow(a slo.AgentStatus) agentRow {
	r := agentRow{AgentStatus: a, Mark: mark{"up", w.t("agent.heard")}, Skewed: a.Offset.Abs() > skew, Marked: slo.ClockOff(a.Offset)}
	if a.Silent {
		r.Mark = mark{"unknown", w.t("agent.silent")}
	}
	r.Agent, r.Location = clean(a.Agent, maxName), clean(a.Location, maxName)
	r.Version, r.Epoch = clean(a.Version, 40), clean(a.Epoch, 40)
	r.Offset = w.signed(a.Offset)
	if a.Room != nil {
		r.Room, r.Scarce, r.Full = strconv.FormatInt(a.Room.Probes, 10), w.limit(a.Room.Limit), a.Room.Probes == 0
	}
	return r
}
