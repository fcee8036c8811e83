package collector

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// retireAgents is how long an agent is missed. One that was not heard of for
// longer is gone for good, and alerted on no more.
const retireAgents = 7 * 24 * time.Hour

// agentAlert is a ticket about one agent.
func agentAlert(name string, s slo.AgentStatus, since slo.Instant, words evaluate.Words) evaluate.Alert {
	return evaluate.Alert{
		Name: name, Severity: slo.Ticket, Since: since, Path: "/agents", Words: words,
		Labels: map[string]string{notify.LabelAgent: s.Agent, notify.LabelLocation: s.Location},
	}
}

// clocksOff alerts on each agent that is heard of and whose clock is off beyond
// the bound. Its measurements are corrected by what is off, and carry that.
func clocksOff(agents []slo.AgentStatus, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, s := range agents {
		if s.Silent || !slo.ClockOff(s.Offset) {
			continue
		}
		way := "behind"
		if s.Offset < 0 {
			way = "ahead of"
		}
		a := agentAlert(notify.AgentClockOff, s, at, evaluate.Words{
			Summary:     fmt.Sprintf("The clock of agent %s in %s is %s %s the collector's", s.Agent, s.Location, s.Offset.Abs().Round(time.Second), way),
			Description: "What it measures is corrected by that much, and marked. A clock that is not kept by NTP drifts, and one that jumps leaves slots out.",
		})
		a.Wanders = true
		out = append(out, a)
	}
	return out
}

// saturated alerts on each agent that is heard of and has had no room for
// another probe for a while.
func saturated(agents []slo.AgentStatus, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, s := range agents {
		if s.Silent || s.Room == nil || !s.SaturatedAt(at) {
			continue
		}
		out = append(out, agentAlert(notify.AgentSaturated, s, s.Saturated, evaluate.Words{
			Summary: fmt.Sprintf("Agent %s in %s has room for no more probes since %s: %s", s.Agent, s.Location, s.Saturated, scarce(s.Room.Limit)),
			Description: "Slots that cannot begin in time are unknown (agent_overloaded). Give it more of what is scarce, " +
				"or let another agent at the location take some of its probes.",
		}))
	}
	return out
}

// scarce says what an agent has run out of.
func scarce(l slo.Limit) string {
	switch l {
	case slo.LimitConcurrency:
		return "as many probes as its file allows (concurrency) are in flight"
	case slo.LimitCPU:
		return "its processors are busy"
	case slo.LimitQueue:
		return "its disk takes records more slowly than they are made"
	case slo.LimitSchedule:
		return "its slots begin late, as on a machine that is busy with other things"
	}
	return string(l)
}

// silent alerts on each agent that was not heard of for too long. One that is
// gone for good is let go after a week.
func silent(agents []slo.AgentStatus, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, s := range agents {
		if !s.Silent || at.Sub(s.Seen) > retireAgents {
			continue
		}
		a := agentAlert(notify.AgentSilent, s, s.Seen, evaluate.Words{
			Summary:     fmt.Sprintf("Agent %s in %s is silent since %s", s.Agent, s.Location, s.Seen),
			Description: "What it probes is not seen from there until it is back; what it measured meanwhile is delivered then.",
		})
		a.Opens = slo.AgentSilent
		out = append(out, a)
	}
	return out
}

// notRenewed alerts on each agent whose certificate should have been renewed
// and was not; certificates are when they end, by agent. Once it has ended the
// agent is not heard, so the alert stays until the agent is enrolled anew,
// revoked or gone for good. One that is heard all the same shows another
// certificate, or a token.
func notRenewed(agents []slo.AgentStatus, certificates map[string]slo.Instant, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, s := range agents {
		ends, ok := certificates[s.Agent]
		if !ok || !fleet.RenewalMissed(ends, at) || at.Sub(s.Seen) > retireAgents || at >= ends && s.Seen > ends {
			continue
		}
		words := evaluate.Words{
			Summary: fmt.Sprintf("The certificate of agent %s in %s was not renewed and ends at %s", s.Agent, s.Location, ends),
			Description: fmt.Sprintf("The agent renews it by itself from ten days before its end on, and tries every ten minutes: its log says what is in the way. "+
				"Once it has ended the agent is not heard, and has to be enrolled anew (assay agents invite --location %s --agent %s). "+
				"Where it is needed no more, revoke it (assay agents revoke %s).", s.Location, s.Agent, s.Agent),
		}
		if at >= ends {
			words.Summary = fmt.Sprintf("The certificate of agent %s in %s was not renewed and has ended at %s", s.Agent, s.Location, ends)
		}
		out = append(out, agentAlert(notify.AgentCertificateNearExpiry, s, ends.Add(-fleet.RenewLeft), words))
	}
	return out
}
