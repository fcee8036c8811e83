package slo

// credit fills in what is owed: from the availability, or the least that is
// owed where that is not sufficient.
func (st *ObjectiveStatus) credit(a *Account, sufficient bool) {
	c := st.Agreement.Credits
	if c == nil || c.Objective != st.Objective.Name || st.Verdict == Insufficient {
		return
	}
	f := st.Best
	if sufficient {
		f = st.Availability
	}
	r := c.due(st.Verdict, f)
	if c.Cap != nil {
		r = min(r, a.creditLeft(st))
	}
	st.Credit = &r
	if c.Fee != nil {
		owed := c.Fee.Share(r)
		st.Owed = &owed
	}
	if c.ClaimWithin != nil && r > 0 {
		due := st.Window.To.Add(*c.ClaimWithin)
		st.ClaimBy = &due
	}
}

// creditLeft is what the cap leaves for a window: a share of the fees of the
// period's windows in the agreement's term, in units of one window's fee, less
// what the windows before it earned.
func (a *Account) creditLeft(st *ObjectiveStatus) Ratio {
	limit := a.Agreement.Credits.Cap
	period := limit.Per.Holding(st.Window.From, a.Agreement.Zone)
	var all, used Ratio
	for w := period.From; w < period.To; {
		window := st.Objective.Window.At(w+1, a.Agreement.Zone)
		if !a.Agreement.during(window).Empty() {
			all += limit.Percent
		}
		if window.To <= st.Window.From {
			used += a.earned(st.Objective, st.At, window)
		}
		w = window.To
	}
	return all - min(all, used)
}

// earned is what an earlier window of a capped period earned before the cap: 0
// where that is not settled.
func (a *Account) earned(o *Objective, t Instant, window Interval) Ratio {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	so := Interval{window.From, min(t, window.To)}
	tally := look.tally(so)
	v, sufficient := tally.judge(o, a.Agreement, tally.coverage(look.figures(so)))
	switch {
	case v == Insufficient:
		return 0
	case sufficient:
		return a.Agreement.Credits.due(v, tally.availability[a.Agreement.Unknown])
	}
	return a.Agreement.Credits.due(v, tally.availability[UnknownUp])
}

// due is what is owed for an availability on which a verdict was passed. Tiers
// speak for themselves, since published ones overlap with their target; a
// multiple is owed of a missed one only.
func (c *Credits) due(v Verdict, availability Fraction) Ratio {
	switch {
	case c.Multiple == 0:
		return c.Owed(availability)
	case v != Missed || !availability.Valid():
		return 0
	}
	return availability.lost(int64(c.Multiple))
}

// Owed is the largest percent of the tiers that an availability falls into,
// 0 where it falls into none.
func (c *Credits) Owed(availability Fraction) Ratio {
	var owed Ratio
	for _, t := range c.Tiers {
		if t.Matches(availability) {
			owed = max(owed, t.Percent)
		}
	}
	return owed
}

// Matches reports whether all the bounds of the tier hold.
func (t Tier) Matches(f Fraction) bool {
	switch {
	case !f.Valid():
		return false
	case t.Below != nil && f.Compare(*t.Below) >= 0:
		return false
	case t.AtMost != nil && f.Compare(*t.AtMost) > 0:
		return false
	case t.Above != nil && f.Compare(*t.Above) <= 0:
		return false
	case t.AtLeast != nil && f.Compare(*t.AtLeast) < 0:
		return false
	}
	return true
}
