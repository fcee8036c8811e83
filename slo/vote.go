package slo

import "strconv"

// merge is a location's state from its agents' words: up if one of them says
// up, else down if one says down, else unknown.
func merge(words []State) State {
	r := Unknown
	for _, s := range words {
		switch s {
		case Up:
			return Up
		case Down:
			r = Down
		}
	}
	return r
}

// vote is a probe's state from the states of the locations that count.
func (v Voters) vote(states []State) State {
	up, down := 0, 0
	for _, s := range states {
		switch s {
		case Up:
			up++
		case Down:
			down++
		}
	}
	known := up + down
	if known == 0 || known < v.Min {
		return Unknown
	}
	bad := false
	switch v.Quorum {
	case Any:
		bad = down >= 1
	case All:
		bad = up == 0
	case Majority:
		bad = 2*down > known
	default:
		n := int(v.Quorum)
		if known < n {
			return Unknown
		}
		bad = down >= n
	}
	if bad {
		return Down
	}
	return Up
}

// Eval is the state of e where state gives that of each probe.
func (e *Expr) Eval(state func(probe string) State) State {
	if e.Op == OpProbe {
		return state(e.Probe)
	}
	up, down := 0, 0
	for i := range e.Args {
		switch e.Args[i].Eval(state) {
		case Up:
			up++
		case Down:
			down++
		}
	}
	need := e.K // of OpAtLeast: that many up
	switch e.Op {
	case OpAll:
		need = len(e.Args)
	case OpAny:
		need = 1
	}
	switch {
	case up >= need:
		return Up
	case len(e.Args)-down < need: // even with the unknown ones
		return Down
	}
	return Unknown
}

// Probes lists the probes that e speaks of, each once, in order of appearance.
func (e *Expr) Probes() []string {
	var names []string
	seen := map[string]bool{}
	e.walk(func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	})
	return names
}

func (e *Expr) walk(f func(probe string)) {
	if e.Op == OpProbe {
		f(e.Probe)
		return
	}
	for i := range e.Args {
		e.Args[i].walk(f)
	}
}

// String writes e as the catalogue does: all(a, any(b, c)).
func (e Expr) String() string {
	if e.Op == OpProbe {
		return e.Probe
	}
	s := map[Op]string{OpAll: "all(", OpAny: "any(", OpAtLeast: "atleast("}[e.Op]
	if e.Op == OpAtLeast {
		s += strconv.Itoa(e.K) + ", "
	}
	for i, a := range e.Args {
		if i > 0 {
			s += ", "
		}
		s += a.String()
	}
	return s + ")"
}
