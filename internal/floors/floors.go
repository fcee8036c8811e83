// Package floors keeps the house in order: it knows the floor of every
// package of the module and tells which imports do not go down. Its test is
// the rule; docs/architecture.md is the explanation.
package floors

import (
	"fmt"
	"slices"
	"strings"
)

// module is the import path that every package of ours begins with.
const module = "github.com/assay-sla/assay"

// workshop is the floor of the tools and of the tests of the whole: they may
// import everything and nobody imports them.
const workshop = 5

// unit is a package together with what lies in the folders below it.
type unit struct {
	path  string // below the module's root
	floor int
	alone bool // folders below it are not part of it: they are units of their own
}

// house returns every unit that may exist. A new package is given its floor
// here first.
func house() []unit {
	return []unit{
		{path: "slo", floor: 0, alone: true},
		{path: "internal/condition", floor: 0},   // what a catalogue says in CEL
		{path: "internal/placeholder", floor: 0}, // what it leaves open with ${name}
		{path: "internal/spreadsheet", floor: 0}, // cells that no program runs

		{path: "slo/catalog", floor: 1},
		{path: "rules", floor: 1},
		{path: "dashboards", floor: 1},
		{path: "internal/wal", floor: 1},
		{path: "internal/push", floor: 1},
		{path: "internal/archive", floor: 1},
		{path: "internal/sqlwire", floor: 1}, // databases, without their drivers

		{path: "configs", floor: 1}, // what a first start needs, embedded

		{path: "internal/settings", floor: 2},    // the commands' files
		{path: "internal/commandline", floor: 2}, // what their command lines share

		{path: "agent/queue", floor: 2},
		{path: "agent/probe", floor: 2},
		{path: "agent/inputs", floor: 2},
		{path: "collector/evaluate", floor: 2},
		{path: "collector/ledger", floor: 2},
		{path: "collector/fleet", floor: 2},
		{path: "collector/hook", floor: 2},
		{path: "collector/incident", floor: 2},
		{path: "collector/capacity", floor: 2},
		{path: "collector/continuity", floor: 2},
		{path: "collector/register", floor: 2},
		{path: "collector/report", floor: 2},
		{path: "collector/evidence", floor: 2},
		{path: "collector/notify", floor: 2},
		{path: "collector/web", floor: 2},
		{path: "collector/tsdb", floor: 2},
		{path: "collector/remote", floor: 2},
		{path: "collector/sqlstore", floor: 2},

		{path: "agent", floor: 3, alone: true},
		{path: "collector", floor: 3, alone: true},

		{path: "cmd/assay-agent", floor: 4},
		{path: "cmd/assay", floor: 4},

		{path: "docs", floor: workshop},
		{path: "internal/bench", floor: workshop},
		{path: "internal/differential", floor: workshop},
		{path: "internal/e2e", floor: workshop},
		{path: "internal/floors", floor: workshop},
		{path: "internal/testrun", floor: workshop},
		{path: "internal/testservers", floor: workshop},
	}
}

// banned returns the names that say nothing about what a package is for.
func banned() []string {
	return []string{
		"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models",
		"errors", "logger", "clock", "config", "constants", "interfaces", "mocks", "testutil",
		"manager", "registry", "service",
	}
}

// heavy returns import paths that stay out of the agent, each with all that
// lies below it: a time series database, a query language, records, reports,
// and every part of the collector.
func heavy() []string {
	return []string{
		module + "/collector", module + "/rules", module + "/dashboards",
		module + "/internal/archive",
		"github.com/prometheus/prometheus/tsdb", "github.com/prometheus/prometheus/promql",
		"github.com/prometheus/alertmanager",
		"github.com/influxdata/telegraf/config", // docs/decisions/0005-inputs-that-read-servers.md
		"modernc.org/sqlite", "github.com/pressly/goose",
		"github.com/jackc/pgx/v4", "github.com/go-sql-driver/mysql",
		"github.com/jackc/pgx/v5/pgconn", // and so all of pgx but its codec of messages, which internal/sqlwire reads with
		"github.com/parquet-go/parquet-go", "github.com/thanos-io/objstore",
		"gonum.org/v1/plot", "codeberg.org/go-pdf", "github.com/xuri/excelize",
		"github.com/wneessen/go-mail",
	}
}

// pkg is a package as go list describes it.
type pkg struct {
	ImportPath string
	Name       string
	Standard   bool
	Imports    []string
	Deps       []string
}

// violations returns what is wrong in the house, in the order of pkgs: those
// that go list -deps names, ours and foreign. Imports of tests are free.
func violations(pkgs []pkg) []string {
	standard := map[string]bool{"C": true}
	for _, p := range pkgs {
		if p.Standard {
			standard[p.ImportPath] = true
		}
	}
	var found []string
	for _, p := range pkgs {
		if path, ok := ours(p.ImportPath); ok {
			found = append(found, naming(p, path)...)
			found = append(found, importing(p, path, standard)...)
		}
	}
	return found
}

// ours cuts the module's path off an import path of ours.
func ours(importPath string) (path string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// naming says what is wrong with where a package lies and what it is called.
func naming(p pkg, path string) (found []string) {
	for _, name := range append(strings.Split(path, "/"), p.Name) {
		if slices.Contains(banned(), name) {
			return append(found, fmt.Sprintf("%s: %q says nothing about what the package is for", path, name))
		}
	}
	if _, ok := unitOf(path); !ok {
		found = append(found, fmt.Sprintf("%s has no floor: give it one in internal/floors/floors.go and docs/architecture.md, or put the code into the room where it belongs", path))
	}
	return found
}

// importing says which imports of a package do not go down.
func importing(p pkg, path string, standard map[string]bool) (found []string) {
	from, ok := unitOf(path)
	if !ok {
		return nil
	}
	for _, i := range p.Imports {
		if from.path == "slo" {
			if !standard[i] {
				found = append(found, fmt.Sprintf("%s imports %s: it may import the standard library only", path, i))
			}
			continue
		}
		target, isOurs := ours(i)
		if !isOurs {
			continue
		}
		to, ok := unitOf(target)
		switch {
		case !ok || to == from: // an import without a floor is reported where it lies
		case to.floor == from.floor:
			found = append(found, fmt.Sprintf("%s imports its neighbour %s on floor %d: let values they share live in slo, or declare the interface you need", path, target, to.floor))
		case to.floor > from.floor:
			found = append(found, fmt.Sprintf("%s on floor %d imports %s on floor %d: imports go down only", path, from.floor, target, to.floor))
		}
	}
	return found
}

// unitOf returns the unit that a path below the module's root belongs to.
func unitOf(path string) (unit, bool) {
	var best unit
	for _, u := range house() {
		inside := path == u.path || !u.alone && strings.HasPrefix(path, u.path+"/")
		if inside && len(u.path) > len(best.path) {
			best = u
		}
	}
	return best, best.path != ""
}

// weight returns which heavy packages p links, directly or not.
func weight(p pkg) (found []string) {
	for _, dep := range p.Deps {
		for _, h := range heavy() {
			if dep == h || strings.HasPrefix(dep, h+"/") {
				found = append(found, fmt.Sprintf("%s links %s, which stays out of the agent", strings.TrimPrefix(p.ImportPath, module+"/"), dep))
			}
		}
	}
	return found
}
