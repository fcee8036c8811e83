package slo

import (
	"maps"
	"slices"
	"strconv"
)

// RegisterItem is one item of a register, as its events left it. Nothing of it
// is ever deleted.
type RegisterItem struct {
	Register string
	ID       string
	State    string
	Values   map[string]string // by field; none is empty
	Events   []RegisterEvent   // oldest first, the creation the first
}

// RegisterEvent is what somebody did to an item. Events are numbered from 1.
type RegisterEvent struct {
	Act    RegisterAct       `json:"act"`
	At     Instant           `json:"at"`
	Actor  string            `json:"actor"`
	Set    map[string]string `json:"set,omitempty"`    // what fields became; "" is emptied
	State  string            `json:"state,omitempty"`  // what the state became; "" is as it was
	Text   string            `json:"text,omitempty"`   // why, or a comment
	Undoes int               `json:"undoes,omitempty"` // the event that an undo takes back
	Entry  int64             `json:"entry,omitempty"`  // of the ledger; 0 before it is there
}

// RegisterAct is what can be done to an item.
type RegisterAct string

// The acts.
const (
	CreateItem RegisterAct = "create"
	ChangeItem RegisterAct = "change" // fields, the state, or nothing but a comment
	UndoItem   RegisterAct = "undo"   // takes one event back
)

// RegisterChange is what somebody wants of an item.
type RegisterChange struct {
	Register string
	ID       string            // of a new item "" is one that is derived
	Version  int               // of the item as it was seen; 0 of a new one
	Values   map[string]string // by field, as they were typed; fields that are missing stay
	State    string            // "" is as it was, of a new item the first
	Text     string
}

// Version counts the events of an item: who changes it says which version he
// has seen.
func (i *RegisterItem) Version() int { return len(i.Events) }

// Created is when the item was created, 0 before.
func (i *RegisterItem) Created() Instant {
	if len(i.Events) == 0 {
		return 0
	}
	return i.Events[0].At
}

// Changed is when something was done to the item last, 0 before.
func (i *RegisterItem) Changed() Instant {
	if len(i.Events) == 0 {
		return 0
	}
	return i.Events[len(i.Events)-1].At
}

// Entered is since when the item has its state: when the newest event that moved
// it did.
func (i *RegisterItem) Entered() Instant {
	for _, e := range slices.Backward(i.Events) {
		if e.State != "" {
			return e.At
		}
	}
	return 0
}

// Add returns the item as an event leaves it. It checks nothing: what may be
// done is decided before. i stays as it is.
func (i RegisterItem) Add(e RegisterEvent) RegisterItem {
	values := maps.Clone(i.Values)
	if values == nil {
		values = map[string]string{}
	}
	for name, v := range e.Set {
		if v == "" {
			delete(values, name)
		} else {
			values[name] = v
		}
	}
	i.Values = values
	if e.State != "" {
		i.State = e.State
	}
	i.Events = append(slices.Clone(i.Events), e)
	return i
}

// Before is the item as it was before its event n, counted from 1.
func (i *RegisterItem) Before(n int) RegisterItem {
	out := RegisterItem{Register: i.Register, ID: i.ID, Values: map[string]string{}}
	for _, e := range i.Events[:n-1] {
		out = out.Add(e)
	}
	return out
}

// Undone reports whether the event n was taken back by a later one, which itself
// was not.
func (i *RegisterItem) Undone(n int) bool {
	for k := n + 1; k <= len(i.Events); k++ {
		if i.Events[k-1].Undoes == n && !i.Undone(k) {
			return true
		}
	}
	return false
}

// Undoable reports whether the event n did something that stands. A comment does
// nothing: it stays said.
func (i *RegisterItem) Undoable(n int) bool {
	e := i.Events[n-1]
	return (len(e.Set) > 0 || e.State != "") && !i.Undone(n)
}

// Shown is the value of a field of the item: of a product what it comes to, ""
// where a factor is missing.
func (i *RegisterItem) Shown(f *RegisterField) string {
	if f.Kind != FieldProduct {
		return i.Values[f.Name]
	}
	product := int64(1)
	for _, name := range f.Factors {
		n, err := strconv.ParseInt(i.Values[name], 10, 16)
		if err != nil {
			return ""
		}
		product *= n
	}
	return strconv.FormatInt(product, 10)
}

// Overdue reports whether something was to be done about an item by a day that
// is before today, as 2006-01-02, and is not. What was planned for a day is done
// where the item's state needs the day on which it was held.
func (g *Register) Overdue(i *RegisterItem, today string) bool {
	state := g.State(i.State)
	if g.Due == "" || i.Values[g.Due] == "" || state == nil || state.Over || slices.Contains(state.Needs, "held") {
		return false
	}
	return i.Values[g.Due] < today
}
