package slo

import "strings"

// RegisterReason is why something is not done to an item of a register.
type RegisterReason string

// The reasons that a field has.
const (
	FieldMissing     RegisterReason = "missing" // it is required, or the item's state needs it
	FieldTooLong     RegisterReason = "too_long"
	FieldNotUTF8     RegisterReason = "not_utf8"
	FieldNoDate      RegisterReason = "not_a_date"
	FieldNoNumber    RegisterReason = "not_a_number"
	FieldNoChoice    RegisterReason = "not_a_choice"
	FieldNoEmail     RegisterReason = "not_an_address"
	FieldNoService   RegisterReason = "unknown_service"
	FieldNoItem      RegisterReason = "unknown_item"
	FieldUnknown     RegisterReason = "unknown_field"
	FieldComputed    RegisterReason = "computed" // it is computed of others, and not set
	FieldBadEncoding RegisterReason = "bad_csv"  // a line of a file is no CSV, or has other columns than the first
	FieldTwice       RegisterReason = "twice"    // a column, or an item, stands in a file twice
)

// The reasons that the item has.
const (
	ItemBadID       RegisterReason = "bad_id"
	ItemElsewhere   RegisterReason = "other_item" // another item has the ID
	ItemConflict    RegisterReason = "conflict"   // somebody changed it since it was seen
	ItemNoState     RegisterReason = "no_such_state"
	ItemNoMove      RegisterReason = "no_such_move" // no move leads there from its state
	ItemNoEvent     RegisterReason = "no_such_event"
	ItemUndone      RegisterReason = "undone"        // the event was taken back already
	ItemOvertaken   RegisterReason = "changed_since" // what the event did was changed by a later one
	ItemFull        RegisterReason = "full"          // the item holds as many events, or the register as many items, as are kept
	ItemNothing     RegisterReason = "nothing"       // neither fields, nor a state, nor a comment
	RegisterUnknown RegisterReason = "no_such_register"
)

// RegisterReasons lists every reason.
func RegisterReasons() []RegisterReason {
	return []RegisterReason{
		FieldMissing, FieldTooLong, FieldNotUTF8, FieldNoDate, FieldNoNumber, FieldNoChoice, FieldNoEmail, FieldNoService, FieldNoItem, FieldUnknown, FieldComputed,
		FieldBadEncoding, FieldTwice,
		ItemBadID, ItemElsewhere, ItemConflict, ItemNoState, ItemNoMove, ItemNoEvent, ItemUndone, ItemOvertaken, ItemFull, ItemNothing, RegisterUnknown,
	}
}

// Conflicts reports whether the reason lies in how things stand, and not in what
// was sent.
func (r RegisterReason) Conflicts() bool {
	switch r {
	case ItemElsewhere, ItemConflict, ItemNoMove, ItemUndone, ItemOvertaken, ItemFull:
		return true
	}
	return false
}

// RegisterProblem is one thing that is wrong with what is wanted of an item.
type RegisterProblem struct {
	Line   int            `json:"line,omitempty"` // of a file, from 1; 0 where there is none
	Field  string         `json:"field"`          // "" where it is the item's
	Reason RegisterReason `json:"reason"`
}

// RegisterProblems are all that is wrong with it, an error where there is one.
type RegisterProblems []RegisterProblem

// Error names the problems.
func (p RegisterProblems) Error() string {
	var out []string
	for _, x := range p {
		if x.Field != "" {
			out = append(out, x.Field+": "+string(x.Reason))
		} else {
			out = append(out, string(x.Reason))
		}
	}
	return strings.Join(out, ", ")
}

// Err is the problems as an error, nil where there are none.
func (p RegisterProblems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// ItemProblem is what is wrong with an item as a whole.
func ItemProblem(r RegisterReason) RegisterProblems {
	return RegisterProblems{{Reason: r}}
}
