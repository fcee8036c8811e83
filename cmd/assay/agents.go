package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/assay-sla/assay/collector/fleet"
)

type agentsCommand struct {
	Invite agentsInvite `cmd:"" help:"Make an invitation, with which one agent enrolls itself, once."`
	List   agentsList   `cmd:"" help:"List the agents, and until when their certificates are good."`
	Revoke agentsRevoke `cmd:"" help:"Take the certificates of an agent back, for good."`
}

type agentsInvite struct {
	Location string        `required:"" help:"The one location that the agent will speak for." placeholder:"PLACE"`
	Agent    string        `help:"The one agent that may use it, also one that is enrolled already. Default any new one." placeholder:"NAME"`
	Life     time.Duration `help:"How long it is good for, at most 30d. Default ${default}." default:"1h"`
	collectorAPI
}

// Help is the longer text of assay agents invite --help.
func (agentsInvite) Help() string {
	return `The invitation goes to standard output. It is a secret until it is used. The
collector's file must have agents.enroll.

Examples:
  assay agents invite --location eu > invitation
  assay agents invite --location eu --agent eu-1 --life 24h --collector https://assay.example.org --token-file token

Then, on the agent's machine:
  assay-agent enroll --config agent.yaml < invitation`
}

// Run makes the invitation.
func (c agentsInvite) Run(ctx context.Context) error {
	if c.Life <= 0 || c.Life > fleet.MaxInvitationLife {
		return usageError{fmt.Errorf("--life: %s is not positive and at most %s", c.Life, fleet.MaxInvitationLife)}
	}
	var made struct {
		Invitation string    `json:"invitation"`
		Expires    time.Time `json:"expires_at"`
		Collectors []string  `json:"collectors"`
	}
	asked := map[string]any{"location": c.Location, "agent": c.Agent, "life_ms": c.Life.Milliseconds()}
	if err := c.do(ctx, http.MethodPost, "/api/v1/agent-invitations", asked, &made); err != nil {
		return fmt.Errorf("making an invitation: %w", err)
	}
	fmt.Println(made.Invitation)
	fmt.Fprintf(os.Stderr, "Good for %s at location %s, once, until %s. The agent's file has one of these as its collector, whichever it reaches:\n",
		cmp.Or(c.Agent, "any new agent"), c.Location, made.Expires.Local().Format(time.RFC3339))
	for _, u := range made.Collectors {
		fmt.Fprintln(os.Stderr, " ", u)
	}
	return nil
}

type agentsRevoke struct {
	Agent string `arg:"" help:"Name of the agent."`
	collectorAPI
}

// Help is the longer text of assay agents revoke --help.
func (agentsRevoke) Help() string {
	return `What the agent queued stays with it. To let it in again, invite it by its name:
  assay agents invite --location eu --agent eu-1

Example:
  assay agents revoke eu-1`
}

// Run revokes.
func (c agentsRevoke) Run(ctx context.Context) error {
	var done struct {
		At       time.Time `json:"revoked_at"`
		Enrolled *bool     `json:"enrolled"`
	}
	if err := c.do(ctx, http.MethodPost, "/api/v1/agent-revocations", map[string]any{"agent": c.Agent}, &done); err != nil {
		return fmt.Errorf("revoking agent %s: %w", c.Agent, err)
	}
	fmt.Printf("No certificate of agent %s counts that was issued until %s.\n", c.Agent, done.At.Local().Format(time.RFC3339))
	if done.Enrolled != nil && !*done.Enrolled {
		fmt.Fprintf(os.Stderr, "But it never had one: see assay agents list for the names that there are.\n")
	}
	return nil
}

type agentsList struct{ collectorAPI }

// Help is the longer text of assay agents list --help.
func (agentsList) Help() string {
	return `Example:
  assay agents list`
}

// Run lists.
func (c agentsList) Run(ctx context.Context) error {
	var known struct {
		Agents []struct {
			Name     string     `json:"agent"`
			Location string     `json:"location"`
			Version  string     `json:"version"`
			Silent   bool       `json:"silent"`
			Seen     *time.Time `json:"seen_at"`
		} `json:"agents"`
	}
	if err := c.do(ctx, http.MethodGet, "/api/v1/agents?limit=1000", nil, &known); err != nil {
		return fmt.Errorf("listing the agents: %w", err)
	}
	until, err := c.certificates(ctx)
	if err != nil {
		return fmt.Errorf("listing the agents' certificates: %w", err)
	}
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "AGENT\tLOCATION\tVERSION\tHEARD OF\tCERTIFICATE UNTIL")
	for _, a := range known.Agents {
		seen := "-"
		if a.Seen != nil {
			seen = a.Seen.Local().Format(time.RFC3339)
		}
		if a.Silent {
			seen += " (silent)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Location, a.Version, seen, cmp.Or(until[a.Name], "-"))
		delete(until, a.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(until)) {
		fmt.Fprintf(t, "%s\t\t\tnever\t%s\n", name, until[name])
	}
	return t.Flush()
}

// certificates are the ends of the newest certificate of each agent; a
// collector that enrolls none has none.
func (c agentsList) certificates(ctx context.Context) (map[string]string, error) {
	var issued struct {
		Certificates []struct {
			Agent   string     `json:"agent"`
			Expires time.Time  `json:"expires_at"`
			Revoked *time.Time `json:"revoked_at"`
		} `json:"certificates"`
	}
	until := map[string]string{}
	err := c.do(ctx, http.MethodGet, "/api/v1/agent-certificates", nil, &issued)
	if isStatus(err, http.StatusConflict) {
		return until, nil
	}
	for _, x := range issued.Certificates { // as they were issued: the newest stays
		until[x.Agent] = x.Expires.Local().Format(time.RFC3339)
		if x.Revoked != nil {
			until[x.Agent] = "revoked"
		}
	}
	return until, err
}
