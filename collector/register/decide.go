package register

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// By is who wants something, and when.
type By struct {
	Actor string
	At    slo.Instant
}

// Create decides on a new item. Its ID, where the change names none, follows from
// its values, so that the same once more is the same item. Its error is
// slo.RegisterProblems: all that is wrong.
func Create(g *slo.Register, c slo.RegisterChange, known Known, by By) (slo.RegisterItem, error) {
	set, problems := parsed(g, c, nil, known)
	text, bad := remark(c.Text)
	problems = append(problems, bad...)
	state := c.State
	if state == "" {
		state = g.States[0].Name
	}
	if g.State(state) == nil || state == slo.RegisterWithdrawn {
		problems = append(problems, slo.ItemProblem(slo.ItemNoState)...)
	}
	id := c.ID
	if id == "" {
		id = derivedID(g, set)
	} else if !isID(id) {
		problems = append(problems, slo.ItemProblem(slo.ItemBadID)...)
	}
	out := slo.RegisterItem{Register: g.Name, ID: id}.Add(slo.RegisterEvent{Act: slo.CreateItem, At: by.At, Actor: by.Actor, Set: set, State: state, Text: text})
	problems = append(problems, lacks(g, &out, problems)...)
	return out, problems.Err()
}

// Change decides on what is wanted of an item that is there. Where nothing would
// change, changed is false.
func Change(g *slo.Register, was slo.RegisterItem, c slo.RegisterChange, known Known, by By) (now slo.RegisterItem, changed bool, err error) {
	if c.Version != was.Version() {
		return was, false, slo.ItemProblem(slo.ItemConflict)
	}
	set, problems := parsed(g, c, was.Values, known)
	text, bad := remark(c.Text)
	problems = append(problems, bad...)
	state := c.State
	switch {
	case was.State == slo.RegisterWithdrawn:
		return was, false, slo.ItemProblem(slo.ItemNoMove)
	case state == was.State:
		state = ""
	case state == "":
	case g.State(state) == nil:
		problems = append(problems, slo.ItemProblem(slo.ItemNoState)...)
	case !slices.Contains(g.NextStates(was.State), state):
		problems = append(problems, slo.ItemProblem(slo.ItemNoMove)...)
	}
	maps.DeleteFunc(set, func(name, v string) bool { return was.Values[name] == v })
	if len(problems) == 0 && len(set) == 0 && state == "" && text == "" {
		return was, false, nil
	}
	if len(was.Events) >= slo.MaxRegisterEvents {
		problems = append(problems, slo.ItemProblem(slo.ItemFull)...)
	}
	now = was.Add(slo.RegisterEvent{Act: slo.ChangeItem, At: by.At, Actor: by.Actor, Set: set, State: state, Text: text})
	problems = append(problems, lacks(g, &now, problems)...)
	if len(problems) > 0 {
		return was, false, problems
	}
	return now, true, nil
}

// Undo decides on taking back an event of an item: what it set becomes what it
// was before. It is refused where a later event changed that again. What is
// undone by its creation is withdrawn.
func Undo(g *slo.Register, was slo.RegisterItem, version, n int, text string, by By) (slo.RegisterItem, error) {
	text, problems := remark(text)
	switch {
	case version != was.Version():
		return was, slo.ItemProblem(slo.ItemConflict)
	case n < 1 || n > len(was.Events):
		return was, slo.ItemProblem(slo.ItemNoEvent)
	case was.Undone(n):
		return was, slo.ItemProblem(slo.ItemUndone)
	case len(was.Events) >= slo.MaxRegisterEvents:
		return was, slo.ItemProblem(slo.ItemFull)
	case len(problems) > 0:
		return was, problems
	}
	e := was.Events[n-1]
	if len(e.Set) == 0 && e.State == "" {
		return was, slo.ItemProblem(slo.ItemNoEvent) // a comment: it stays said
	}
	back := slo.RegisterEvent{Act: slo.UndoItem, At: by.At, Actor: by.Actor, Text: text, Undoes: n}
	before := was.Before(n)
	for name, v := range e.Set {
		if was.Values[name] != v && n > 1 {
			return was, slo.ItemProblem(slo.ItemOvertaken)
		}
		if back.Set == nil {
			back.Set = map[string]string{}
		}
		back.Set[name] = before.Values[name]
	}
	switch {
	case n == 1:
		back.Set, back.State = nil, slo.RegisterWithdrawn
	case e.State != "" && e.State != was.State:
		return was, slo.ItemProblem(slo.ItemOvertaken)
	case e.State != "":
		back.State = before.State
	}
	now := was.Add(back)
	if lacking := lacks(g, &now, nil); len(lacking) > 0 {
		return was, lacking
	}
	return now, nil
}

// parsed are the values of a change in their canonical form. What has a value
// already, the same, is not looked up once more: a service may have left the
// catalogue since.
func parsed(g *slo.Register, c slo.RegisterChange, was map[string]string, known Known) (map[string]string, slo.RegisterProblems) {
	set := map[string]string{}
	var problems slo.RegisterProblems
	for _, name := range slices.Sorted(maps.Keys(c.Values)) {
		f := g.Field(name)
		if f == nil {
			problems = append(problems, slo.RegisterProblem{Field: printable(name[:min(len(name), slo.MaxRegisterID)], false), Reason: slo.FieldUnknown})
			continue
		}
		typed := c.Values[name]
		v, reason := parse(f, typed, func(f *slo.RegisterField, v string) bool { return v == was[name] || known(f, v) })
		switch {
		case reason != "":
			problems = append(problems, slo.RegisterProblem{Field: name, Reason: reason})
		case v != "" || was[name] != "":
			set[name] = v
		}
	}
	return set, problems
}

// lacks lists the fields that an item must have, as such or by its state, and
// has not; those that have another problem are left out.
func lacks(g *slo.Register, i *slo.RegisterItem, told slo.RegisterProblems) slo.RegisterProblems {
	var out slo.RegisterProblems
	var needs []string
	if s := g.State(i.State); s != nil {
		needs = s.Needs
	}
	for _, f := range g.Fields {
		if i.Values[f.Name] != "" || i.State == slo.RegisterWithdrawn || !f.Required && !slices.Contains(needs, f.Name) {
			continue
		}
		if !slices.ContainsFunc(told, func(p slo.RegisterProblem) bool { return p.Field == f.Name }) {
			out = append(out, slo.RegisterProblem{Field: f.Name, Reason: slo.FieldMissing})
		}
	}
	return out
}

// remark is the text of an event.
func remark(typed string) (string, slo.RegisterProblems) {
	f := slo.RegisterField{Name: "text", Kind: slo.FieldText}
	v, reason := parse(&f, typed, nil)
	if reason == "" && len(v) > maxRemark {
		reason = slo.FieldTooLong
	}
	if reason != "" {
		return "", slo.RegisterProblems{{Field: "text", Reason: reason}}
	}
	return v, nil
}

// maxRemark bounds the text of an event, in bytes.
const maxRemark = 4000

// derivedID follows from an item's values: the prefix and 12 hexadecimal digits.
func derivedID(g *slo.Register, values map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, s := range []string{name, values[name]} {
			h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
		}
	}
	return g.Prefix + "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

// isID reports whether a text can be an item's ID: what an address holds without
// being encoded.
func isID(s string) bool {
	const others = "-_."
	if len(s) > slo.MaxRegisterID || s == "" || strings.Trim(s, ".") == "" {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	}) < 0
}

// Same reports whether a new item is the one that is there: it began with the
// same values, whatever became of it since.
func Same(known, created *slo.RegisterItem) bool {
	return len(known.Events) > 0 && maps.Equal(known.Events[0].Set, created.Events[0].Set)
}
