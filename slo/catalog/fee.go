package catalog

import (
	"fmt"

	"golang.org/x/text/currency"
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// fee reads what one window of the agreement costs.
func (r reader) fee(f fields, c *slo.Credits) {
	n := f.get("fee")
	if n == nil {
		return
	}
	ff, ok := r.fields(n, "fee", "amount", "currency")
	if !ok {
		return
	}
	var unit currency.Unit
	known := set(&unit, ff.need("currency"), parsed(r, func(s string) (currency.Unit, error) {
		u, err := currency.ParseISO(s)
		if err != nil || u.String() != s {
			return u, fmt.Errorf("%s is not a currency of ISO 4217 such as EUR", quote(s))
		}
		return u, nil
	}))
	amount := ff.need("amount")
	if !known {
		return
	}
	decimals, _ := currency.Standard.Rounding(unit)
	fee := slo.Money{}
	if set(&fee, amount, parsed(r, func(s string) (slo.Money, error) { return slo.ParseMoney(s, unit.String(), decimals) })) {
		c.Fee = &fee
	}
}

// creditCap reads the bound of the credits of a calendar period, which the
// windows of the objective must divide.
func (r reader) creditCap(a *slo.Agreement, f fields, c *slo.Credits) {
	n := f.get("cap")
	if n == nil {
		return
	}
	cf, ok := r.fields(n, "cap", "percent", "per")
	if !ok {
		return
	}
	limit, per := &slo.CreditCap{}, 0
	fine := set(&limit.Percent, cf.need("percent"), r.percent)
	fine = set(&per, cf.need("per"), r.choice(periodNames...)) && fine
	limit.Per = slo.Period(per)
	if fine && r.divides(a, c, limit.Per, cf.get("per")) {
		c.Cap = limit
	}
}

// divides notes an error where a cap's period does not begin and end with
// windows of the objective that the credits are earned on.
func (r reader) divides(a *slo.Agreement, c *slo.Credits, per slo.Period, n *yaml.Node) bool {
	for _, o := range a.Objectives {
		if o.Name != c.Objective {
			continue
		}
		w := o.Window
		switch {
		case w.Rolling > 0:
			r.errorf(n, "", "a rolling window has no fees: a cap needs a window by the calendar")
			return false
		case w.Period > per || w.Period == slo.Week && per != slo.Week:
			r.errorf(n, "", "a %s is not made of whole %ss", per, w.Period)
			return false
		}
	}
	return true
}
