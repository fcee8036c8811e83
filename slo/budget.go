package slo

// BudgetStep is one step of an agreement's budget policy: what is done from
// when on a share of an objective's error budget is used, for as long as it is.
type BudgetStep struct {
	At       Ratio // of the budget; more than 0, at most One
	Action   BudgetAction
	Severity Severity
}

// BudgetAction is what a step does.
type BudgetAction uint8

// The actions.
const (
	Notify       BudgetAction = iota // tell somebody
	Freeze                           // changes to the service are to wait
	OpenIncident                     // somebody is to work on it
)

// StepVerdict says whether a step of a budget policy is taken, and why.
type StepVerdict string

// The verdicts.
const (
	StepReached  StepVerdict = "reached"   // so much of the budget is used
	StepAhead    StepVerdict = "ahead"     // less is
	StepNoBudget StepVerdict = "no budget" // the objective's method has none
)

// Step judges a step by the budget of the window so far. Of a budget of nothing
// every step is reached with the first that is used.
func (st *ObjectiveStatus) Step(s BudgetStep) StepVerdict {
	spent, whole, budgeted := st.BudgetSpent()
	switch {
	case !budgeted:
		return StepNoBudget
	case spent <= 0:
		return StepAhead
	case whole == 0, (Fraction{spent, whole}).Compare(s.At) >= 0:
		return StepReached
	}
	return StepAhead
}

// BudgetSpent is how much of the error budget of the whole window is used and
// how much there is: in milliseconds, or in thousandths of a request. It is
// false where the objective's method has none.
func (st *ObjectiveStatus) BudgetSpent() (spent, whole int64, ok bool) {
	switch {
	case st.Budget != nil:
		return ms(*st.BudgetUsed), ms(*st.Budget), true
	case st.Requests != nil:
		return st.Requests.Bad, st.Requests.Budget, true
	}
	return 0, 0, false
}

// Lifted is the first whole second after st.At at which a step that is reached
// is not any more, if nothing more of the budget is used: the end of the
// window, or where that rolls, when enough of what is used has left it.
func (a *Account) Lifted(st *ObjectiveStatus, s BudgetStep) Instant {
	if st.Objective.Window.Rolling == 0 {
		return st.Window.To
	}
	const second = 1000
	low, high := st.At, st.At.Add(st.Objective.Window.Rolling) // reached, and not: all that is known has left it
	for high-low > second {
		w := low + (high-low)/2
		if later := a.Status(st.Objective, st.At, w); later.Step(s) == StepReached {
			low = w
		} else {
			high = w
		}
	}
	return high - high%second
}
