package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// variant is one catalogue of a comparison, with what comes of it.
type variant struct {
	name    string
	catalog *slo.Catalog
	replay  *slo.Replay
	figures []whatIf
}

// whatIf is an objective's figures under one catalogue, and the burn-rate
// alerts that would have fired in its window.
type whatIf struct {
	status slo.ObjectiveStatus
	fired  []rules.Firings
}

// compare replays the measurements under each catalogue, reading them once,
// and prints the figures side by side.
func (c replayCommand) compare(ctx context.Context, at, window slo.Instant) error {
	variants, err := c.variants()
	if err != nil {
		return err
	}
	for i := range variants {
		if variants[i].catalog, err = c.over(ctx, variants[i].catalog); err != nil {
			return err
		}
		variants[i].replay = slo.NewReplay(variants[i].catalog, at)
	}
	m, wipe := watched(c.Progress, "reading")
	defer wipe()
	if err := c.read(ctx, []archive.Query{{To: at, Kinds: archive.Measurements}}, m, func(rec slo.Record) {
		for i := range variants {
			variants[i].replay.Add(rec)
		}
	}); err != nil {
		return err
	}
	wipe()
	m, wipe = watched(c.Progress, "asking for alerts")
	defer wipe()
	for i := range variants {
		if err := variants[i].judge(ctx, at, window, m); err != nil {
			return err
		}
	}
	wipe()
	if c.Output == "json" {
		return writeVariants(os.Stdout, variants)
	}
	return printVariants(os.Stdout, variants)
}

// variants are the catalogues to compare: the one that was given, the same
// with what --set sets, and those of --against.
func (c replayCommand) variants() ([]variant, error) {
	cat, sources, problems := catalog.LoadSources(c.Catalogue)
	if err := printProblems(problems); err != nil {
		return nil, err
	}
	out := []variant{{name: c.Catalogue, catalog: cat}}
	if len(c.Set) > 0 {
		set, err := overridden(sources, c.Set)
		if err != nil {
			return nil, err
		}
		out = append(out, variant{name: strings.Join(c.Set, " "), catalog: set})
	}
	for _, dir := range c.Against {
		cat, err := loadCatalogue(dir)
		if err != nil {
			return nil, err
		}
		out = append(out, variant{name: dir, catalog: cat})
	}
	return out, nil
}

// overridden is a catalogue with the overrides of --set.
func overridden(sources []catalog.Source, set []string) (*slo.Catalog, error) {
	var overrides []catalog.Override
	for _, text := range set {
		o, err := catalog.ParseOverride(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("--set: %w", err)}
		}
		overrides = append(overrides, o)
	}
	changed, err := catalog.Overridden(sources, overrides)
	if err != nil {
		return nil, usageError{fmt.Errorf("--set: %w", err)}
	}
	cat, problems := catalog.Parse(changed)
	if problems.Err() != nil { // their places are those of a text that nobody wrote
		return nil, usageError{fmt.Errorf("--set %s: %w", strings.Join(set, " "), problems.Err())}
	}
	return cat, nil
}

// judge computes the figures of a variant, and the alerts of each objective.
func (v *variant) judge(ctx context.Context, at, window slo.Instant, m meter) error {
	for _, st := range v.replay.Status(window) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a, o := st.Agreement, st.Objective
		so := slo.Interval{From: st.Window.From, To: min(at, st.Window.To)}
		acc := v.replay.AccountOver(a, slo.Interval{From: st.Window.From.Add(-st.Window.Length()), To: st.Window.To})
		fired := rules.Of(v.catalog, a, o).Fired(acc, o, so, func(done, total int64) { m("of "+a.Name+"/"+o.Name, done, total) })
		v.figures = append(v.figures, whatIf{st, fired})
	}
	return nil
}

// alerts is how often conditions of a severity began to hold.
func (f whatIf) alerts(s slo.Severity) int {
	n := 0
	for _, x := range f.fired {
		if x.Pair.Severity == s {
			n += len(x.Held)
		}
	}
	return n
}

// printVariants writes a line for each objective and catalogue that has it,
// those of one objective together.
func printVariants(w io.Writer, variants []variant) error {
	var b bytes.Buffer
	columns(&b, func(t io.Writer) {
		fmt.Fprintln(t, "OBJECTIVE\tUNDER\tWINDOW\tPROMISED\tDELIVERED\tAS SEEN\tVERDICT\tCOVERAGE\tDOWN\tOUTAGES\tCREDIT\tOWED\tPAGES\tTICKETS")
		for _, name := range objectives(variants) {
			for _, v := range variants {
				for _, f := range v.figures {
					if f.name() == name {
						f.print(t, v.name)
					}
				}
			}
		}
	})
	fmt.Fprintln(&b)
	for _, v := range variants {
		n := v.replay.Counts
		fmt.Fprintf(&b, "%s: %d measurements, %d of unknown probes, %d later\n", v.name, n.Measurements, n.Unknown, n.Later)
	}
	fmt.Fprintln(&b, "\nAs seen is before confirmation, quorum and forgiveness, with the outages of that.")
	fmt.Fprintln(&b, "Pages and tickets are how often burn-rate conditions began to hold, with hindsight: as if each measurement had arrived when it was made.")
	_, err := w.Write(b.Bytes())
	return err
}

func (f whatIf) name() string { return f.status.Agreement.Name + "/" + f.status.Objective.Name }

func (f whatIf) print(t io.Writer, under string) {
	st := &f.status
	owed := "-"
	if st.Owed != nil {
		owed = st.Owed.String()
	}
	fmt.Fprintf(t, "%s\t%s\t%s to %s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%d\t%d\n",
		f.name(), under, st.Window.From, st.Window.To, st.Objective.Promise(), figureOf(*st), asSeen(*st), st.Verdict, figure(st.Coverage),
		st.Down, len(st.Outages), credit(*st), owed, f.alerts(slo.Page), f.alerts(slo.Ticket))
}

// objectives lists those of all variants, in the order in which they appear.
func objectives(variants []variant) []string {
	var names []string
	for _, v := range variants {
		for _, f := range v.figures {
			if !slices.Contains(names, f.name()) {
				names = append(names, f.name())
			}
		}
	}
	return names
}

// variantJSON is a catalogue of a comparison in JSON.
type variantJSON struct {
	Under      string           `json:"under"`
	Revision   string           `json:"revision"`
	Objectives []whatIfJSON     `json:"objectives"`
	Counts     slo.ReplayCounts `json:"measurements"`
}

type whatIfJSON struct {
	Figure slo.ObjectiveStatus `json:"figure"`
	Alerts []firingsJSON       `json:"alerts"`
}

type firingsJSON struct {
	Severity slo.Severity   `json:"severity"`
	LongMS   int64          `json:"long_ms"`
	ShortMS  int64          `json:"short_ms"`
	Rate     float64        `json:"rate"`
	ForMS    int64          `json:"for_ms,omitempty"`
	Held     []slo.Interval `json:"held"`
}

func writeVariants(w io.Writer, variants []variant) error {
	out := []variantJSON{}
	for _, v := range variants {
		j := variantJSON{Under: v.name, Revision: v.catalog.Revision, Objectives: []whatIfJSON{}, Counts: v.replay.Counts}
		for _, f := range v.figures {
			x := whatIfJSON{Figure: f.status, Alerts: []firingsJSON{}}
			for _, p := range f.fired {
				held := append([]slo.Interval{}, p.Held...)
				x.Alerts = append(x.Alerts, firingsJSON{p.Pair.Severity, p.Pair.Long.Milliseconds(), p.Pair.Short.Milliseconds(), p.Pair.Rate, p.Pair.For.Milliseconds(), held})
			}
			j.Objectives = append(j.Objectives, x)
		}
		out = append(out, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(map[string]any{"variants": out})
}
