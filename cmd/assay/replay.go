package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

type replayCommand struct {
	Catalogue string `required:"" help:"Folder of the catalogue." placeholder:"DIR"`
	recordsFlags
	exclusionsFlag
	At      string   `help:"What is known: measurements before this instant (RFC 3339). Default now." placeholder:"INSTANT"`
	Window  string   `help:"The windows that hold the instant just before this one. Default --at." placeholder:"INSTANT"`
	Against []string `help:"What if: the figures under this catalogue as well, side by side. May be repeated." placeholder:"DIR" sep:"none"`
	Set     []string `help:"What if: the figures with a field set to another value as well: target, quorum, confirm, hold, unknown, minCoverage or minimumOutage. May be repeated." placeholder:"[NAME:]FIELD=VALUE" sep:"none"`
	Output  string   `help:"text or json." enum:"text,json" default:"text"`
}

// Help is the longer text of assay replay --help.
func (replayCommand) Help() string {
	return `Computes what the collector would show of these measurements. The first of an
identity counts; repeats are ignored, and counted where they say something else.
The archive of a running collector is behind it by fifteen minutes at most, and
complete once that is stopped.

With --against and --set it says what would have been: for each objective a line
for the catalogue, one for the same with all of --set, and one for each other
catalogue, with verdict, outages, credit, and how often burn-rate alerts would
have paged somebody or opened a ticket. --set holds for everything that has the
field, or for a probe, an agreement or AGREEMENT/OBJECTIVE that it names.

Examples:
  assay replay --catalogue conf --measurements october.ndjson --at 2026-11-01T00:00:00Z
  assay replay --catalogue conf --archive data/archive --output json
  assay replay --catalogue conf --archive data/archive --exclusions data/records.db
  assay replay --catalogue conf --archive data/archive --window 2026-10-01T00:00:00Z --against next-year
  assay replay --catalogue conf --archive data/archive --set gold/month:target=99.95 --set shop-page:quorum=2
  zcat m.ndjson.gz | assay replay --catalogue conf --measurements - --at 2026-11-01T00:00:00Z`
}

// Run replays and prints the figures.
func (c replayCommand) Run(ctx context.Context) error {
	at, window, err := c.instants(time.Now())
	if err != nil {
		return err
	}
	if len(c.Against)+len(c.Set) > 0 {
		return c.compare(ctx, at, window)
	}
	r, err := c.replay(ctx, at)
	if err != nil {
		return err
	}
	return printReplay(os.Stdout, c.Output, r.Status(window), r.Counts)
}

// replay takes in the measurements before an instant.
func (c replayCommand) replay(ctx context.Context, at slo.Instant) (*slo.Replay, error) {
	cat, err := loadCatalogue(c.Catalogue)
	if err == nil {
		cat, err = c.over(ctx, cat)
	}
	if err != nil {
		return nil, err
	}
	tell, wipe := watched(c.Progress, "reading")
	defer wipe()
	r := slo.NewReplay(cat, at)
	return r, c.read(ctx, []archive.Query{{To: at, Kinds: archive.Measurements}}, tell, r.Add)
}

func (c replayCommand) instants(now time.Time) (at, window slo.Instant, err error) {
	if at, err = instantFlag("--at", c.At, slo.At(now)); err != nil {
		return 0, 0, err
	}
	window, err = instantFlag("--window", c.Window, at)
	return at, window, err
}

func printReplay(w io.Writer, output string, sts []slo.ObjectiveStatus, counts slo.ReplayCounts) error {
	if output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		if sts == nil {
			sts = []slo.ObjectiveStatus{}
		}
		return e.Encode(struct {
			Objectives []slo.ObjectiveStatus `json:"objectives"`
			Counts     slo.ReplayCounts      `json:"measurements"`
		}{sts, counts})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OBJECTIVE\tWINDOW\tPROMISED\tDELIVERED\tAS SEEN\tVERDICT\tCOVERAGE\tBEST\tWORST\tDOWN\tBUDGET LEFT\tCREDIT\tOUTAGES")
	for _, st := range sts {
		fmt.Fprintf(t, "%s/%s\t%s to %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n",
			st.Agreement.Name, st.Objective.Name, st.Window.From, st.Window.To, st.Objective.Promise(),
			figureOf(st), asSeen(st), st.Verdict, figure(st.Coverage), figure(st.Best), figure(st.Worst),
			st.Down, budgetLeft(st), credit(st), len(st.Outages))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printBefore(w, sts)
	_, err := fmt.Fprintf(w, "\n%d measurements, %d repeated, %d conflicting, %d of unknown probes, %d later, %d by a clock that was off\n",
		counts.Measurements, counts.Repeated, counts.Conflicting, counts.Unknown, counts.Later, counts.ClockOff)
	return err
}

// printBefore writes what figures were before exclusions after the fact, of
// those that have any.
func printBefore(w io.Writer, sts []slo.ObjectiveStatus) {
	lead := "\n"
	for _, st := range sts {
		if st.Before == nil {
			continue
		}
		var names []string
		for _, x := range st.Exclusions {
			names = append(names, x.Name)
		}
		fmt.Fprintf(w, "%s%s/%s: %s, %s, before what was excluded after the fact: %s\n",
			lead, st.Agreement.Name, st.Objective.Name, figureOf(*st.Before), st.Before.Verdict, strings.Join(names, ", "))
		lead = ""
	}
}

// figureOf is the figure that the objective's promise is about.
func figureOf(st slo.ObjectiveStatus) string {
	if st.Long != nil {
		return fmt.Sprintf("%d over %s", st.Long.Longer, st.Objective.Outages.Longer)
	}
	return figure(st.Availability)
}

// asSeen is the figure before confirmation, quorum and forgiveness, with the
// outages that it has; "-" where a method counts as it came.
func asSeen(st slo.ObjectiveStatus) string {
	if st.Seen == nil {
		return "-"
	}
	return fmt.Sprintf("%s (%d×)", figure(st.Seen.Availability), st.Seen.Flaps)
}

func figure(f slo.Fraction) string {
	if !f.Valid() {
		return "-"
	}
	return f.Percent(4) + " %"
}

func budgetLeft(st slo.ObjectiveStatus) string {
	switch {
	case st.Requests != nil:
		return slo.Thousandths(st.Requests.Budget-st.Requests.Bad) + " requests"
	case st.Budget == nil:
		return "-"
	}
	return (*st.Budget - *st.BudgetUsed).String()
}

func credit(st slo.ObjectiveStatus) string {
	if st.Credit == nil {
		return "-"
	}
	return st.Credit.Percent() + " %"
}
