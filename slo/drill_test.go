package slo

import (
	"errors"
	"testing"
	"time"
)

// TestDrillEvents adds events to a drill one after another.
func TestDrillEvents(t *testing.T) {
	review := func(passed bool) DrillEvent {
		return DrillEvent{Act: ReviewDrill, Review: &DrillReview{Participants: "Ada", Passed: passed}}
	}
	finish := DrillEvent{Act: FinishDrill, Result: &DrillResult{Passed: true}}
	undo := func(n int) DrillEvent { return DrillEvent{Act: UndoDrill, Undoes: n} }
	abort := DrillEvent{Act: AbortDrill, Text: "a real outage"}
	for _, c := range []struct {
		name   string
		kind   DrillKind
		events []DrillEvent
		last   error // of the last event
		state  DrillState
		passed bool
	}{
		{"runs", DrillRestore, nil, nil, DrillRunning, false},
		{"measured", DrillRestore, []DrillEvent{finish}, nil, DrillIncomplete, true},
		{"people agree", DrillRestore, []DrillEvent{finish, review(true)}, nil, DrillComplete, true},
		{"people disagree", DrillRestore, []DrillEvent{finish, review(false)}, nil, DrillComplete, false},
		{"and take it back", DrillRestore, []DrillEvent{finish, review(false), undo(3)}, nil, DrillIncomplete, true},
		{"the one before counts again", DrillRestore, []DrillEvent{finish, review(false), review(true), undo(4)}, nil, DrillComplete, false},
		{"taken back twice", DrillRestore, []DrillEvent{finish, review(false), undo(3), undo(3)}, DrillNothingToUndo, DrillIncomplete, true},
		{"what was measured stays", DrillRestore, []DrillEvent{finish, undo(2)}, DrillNothingToUndo, DrillIncomplete, true},
		{"what was declared stays", DrillRestore, []DrillEvent{undo(1)}, DrillNothingToUndo, DrillRunning, false},
		{"there is no such event", DrillRestore, []DrillEvent{finish, undo(9)}, DrillNothingToUndo, DrillIncomplete, true},
		{"too early", DrillRestore, []DrillEvent{review(true)}, DrillNotEnded, DrillRunning, false},
		{"given up", DrillRestore, []DrillEvent{abort}, nil, DrillAborted, false},
		{"given up, and reviewed", DrillRestore, []DrillEvent{abort, review(true)}, DrillNotEnded, DrillAborted, false},
		{"at a table", DrillTabletop, []DrillEvent{review(true)}, nil, DrillComplete, true},
		{"at a table, taken back", DrillTabletop, []DrillEvent{review(true), undo(2)}, nil, DrillRunning, false},
	} {
		d := Drill{Declared: 1, Terms: DrillTerms{Kind: c.kind, Within: time.Hour}, Events: []DrillEvent{{Act: DeclareDrill, At: 1}}}
		var err error
		for i, e := range c.events {
			e.At = Instant(i + 2)
			if d, err = d.Add(e); err != nil && i < len(c.events)-1 {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if !errors.Is(err, c.last) || d.State() != c.state || d.Passed() != c.passed || (d.Ended() == 0) != (c.state == DrillRunning) {
			t.Errorf("%s: %v, %s, passed %v, ended %s", c.name, err, d.State(), d.Passed(), d.Ended())
		}
	}
}
