package slo

import "slices"

// Register is the shape of one register of the management system, such as that
// of complaints: what an item of it holds, how it can stand, and what leads from
// one state to the next. It is data: every register is worked on by the same
// code.
type Register struct {
	Name    string // in addresses and files, such as complaints
	Prefix  string // of the IDs that are derived
	Private bool   // it holds people's addresses, which viewers do not see
	Fields  []RegisterField
	Columns []string        // fields that a list shows beside the title
	Due     string          // field of the day by which something is due; "" where nothing is
	States  []RegisterState // the first is that of a new item; every register has RegisterWithdrawn beside them
	Moves   []RegisterMove
}

// RegisterField is one field of an item. Values are texts in one canonical form
// for each kind; an empty one is as good as missing.
type RegisterField struct {
	Name     string
	Kind     FieldKind
	Required bool
	Choices  []string // of FieldChoice
	Of       string   // register that a FieldItem refers to
	Factors  []string // fields that a FieldProduct multiplies
}

// FieldKind says what a field holds.
type FieldKind string

// The kinds.
const (
	FieldLine    FieldKind = "line"    // one line of at most MaxRegisterLine bytes
	FieldText    FieldKind = "text"    // lines of at most MaxRegisterText bytes
	FieldDate    FieldKind = "date"    // 2006-01-02
	FieldNumber  FieldKind = "number"  // decimal, such as 99.95
	FieldChoice  FieldKind = "choice"  // one of Choices
	FieldEmail   FieldKind = "email"   // one bare address
	FieldService FieldKind = "service" // a service of the catalogue
	FieldItem    FieldKind = "item"    // the ID of an item of the register Of
	FieldProduct FieldKind = "product" // computed of Factors, and never set
)

// Bounds of the registers.
const (
	MaxRegisterID     = 64     // bytes
	MaxRegisterLine   = 200    // bytes
	MaxRegisterText   = 16_000 // bytes
	MaxRegisterEvents = 500    // of one item
	MaxRegisterItems  = 10_000 // of one register
)

// RegisterState is how an item can stand.
type RegisterState struct {
	Name  string
	Over  bool     // nothing is left to do about it
	Needs []string // fields that an item in this state has
}

// RegisterWithdrawn is the state of an item whose creation was undone.
const RegisterWithdrawn = "withdrawn"

// RegisterMove leads from one state to another.
type RegisterMove struct{ From, To string }

// Field returns a field by its name, nil where there is none.
func (g *Register) Field(name string) *RegisterField {
	i := slices.IndexFunc(g.Fields, func(f RegisterField) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &g.Fields[i]
}

// State returns a state by its name, nil where there is none.
func (g *Register) State(name string) *RegisterState {
	if name == RegisterWithdrawn {
		return &RegisterState{Name: name, Over: true}
	}
	i := slices.IndexFunc(g.States, func(s RegisterState) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &g.States[i]
}

// NextStates lists where an item in a state can go.
func (g *Register) NextStates(state string) []string {
	var out []string
	for _, m := range g.Moves {
		if m.From == state {
			out = append(out, m.To)
		}
	}
	return out
}

// OpenStates lists the states of items that something is left to do about.
func (g *Register) OpenStates() []string {
	var out []string
	for _, s := range g.States {
		if !s.Over {
			out = append(out, s.Name)
		}
	}
	return out
}

// Title is the field that names an item: the first.
func (g *Register) Title() string { return g.Fields[0].Name }
