package slo

import (
	"testing"
	"time"
)

// Steps are compared exactly, and a budget of nothing is used up by anything.
func TestStep(t *testing.T) {
	ms := func(n int64) *time.Duration { d := time.Duration(n) * time.Millisecond; return &d }
	for _, c := range []struct {
		name         string
		budget, used *time.Duration
		at           Ratio
		want         StepVerdict
	}{
		{"a method without a budget", nil, nil, One, StepNoBudget},
		{"nothing used", ms(1000), ms(0), 1, StepAhead},
		{"a millisecond less", ms(3000), ms(999), One / 3, StepAhead},
		{"just so much", ms(3000), ms(1000), One / 3, StepReached},
		{"all", ms(1000), ms(1000), One, StepReached},
		{"overspent", ms(1000), ms(5000), One, StepReached},
		{"nothing of nothing", ms(0), ms(0), One, StepAhead},
		{"something of nothing", ms(0), ms(1), One, StepReached},
	} {
		st := ObjectiveStatus{Budget: c.budget, BudgetUsed: c.used}
		if got := st.Step(BudgetStep{At: c.at}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
