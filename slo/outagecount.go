package slo

import "time"

// OutageCount counts the outages of a window that are longer than promised.
// Unknown time may hide more of them, or join several to one, so beside the
// count stand the least and the most that there can have been.
type OutageCount struct {
	Longer int64 `json:"longer"` // under the agreement's policy: known down, or what is not known up
	Least  int64 `json:"least"`
	Most   int64 `json:"most"`
}

// outageCounter counts the outages in stretches of agreed time.
type outageCounter struct {
	rule        OutageRule
	run         outageRun
	known, down int64 // longer ones: of known down; of all that is not known up
	least, most int64
	// note is told of each longer one, of known down or of all that is not
	// known up; nil: nobody asks.
	note func(v Interval, all bool)
}

// outageRun is time that is not known to be up, without a hole.
type outageRun struct {
	Interval
	piece   Interval // its last stretch of known down
	pieces  int64    // longer ones before that
	unknown time.Duration
}

// add takes a mark of agreed time; those of one stretch come in order.
func (c *outageCounter) add(v Interval, as class) {
	if v.Empty() || as != asDown && as != asUnknown {
		return
	}
	if c.run.To != v.From || c.run.Empty() {
		c.finish()
		c.run = outageRun{Interval: Interval{v.From, v.From}}
	}
	c.run.To = v.To
	switch {
	case as == asUnknown:
		c.run.unknown += v.Length()
	case c.run.piece.To == v.From && !c.run.piece.Empty():
		c.run.piece.To = v.To
	default:
		c.run.pieces += c.longer(c.run.piece, false)
		c.run.piece = v
	}
}

// finish counts the run that is open.
func (c *outageCounter) finish() {
	r := c.run
	c.run = outageRun{}
	if r.Empty() {
		return
	}
	pieces := r.pieces + c.longer(r.piece, false)
	c.known += pieces
	c.down += c.longer(r.Interval, true)
	c.least += min(1, pieces) // the unknown between may have been down as well
	most := pieces
	if r.unknown > 0 {
		most = max(most, c.room(r.Length()))
	}
	c.most += most
}

// longer is 1 where an outage is longer than the rule allows.
func (c *outageCounter) longer(v Interval, all bool) int64 {
	if v.Length() <= c.rule.Longer {
		return 0
	}
	if c.note != nil {
		c.note(v, all)
	}
	return 1
}

// room is how many outages of more than the rule's length, a millisecond of
// up between each two, fit into d.
func (c *outageCounter) room(d time.Duration) int64 {
	return (ms(d) + 1) / (ms(c.rule.Longer) + 2)
}

// count is what was counted, under a policy.
func (c *outageCounter) count(p Policy) *OutageCount {
	n := &OutageCount{Longer: c.known, Least: c.least, Most: c.most}
	if p == UnknownDown {
		n.Longer = c.down
	}
	return n
}

// verdict judges the count: as it stands where enough is known, else only
// where no doubt is left.
func (n *OutageCount) verdict(sufficient bool, rule OutageRule) Verdict {
	most := int64(rule.Most)
	switch {
	case sufficient && n.Longer <= most, n.Most <= most:
		return Met
	case sufficient, n.Least > most:
		return Missed
	}
	return Insufficient
}
