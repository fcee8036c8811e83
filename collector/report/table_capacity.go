package report

import "encoding/json"

// capacity is what the service uses up, and what is foreseen of it.
func (t tabler) capacity() table {
	out := t.of("capacity", "resource.title", "resource series unit used limit promised idle exhaustion expected early order_by")
	for i := range t.r.Resources {
		r := &t.r.Resources[i]
		row := []datum{said(r.Resource), said(r.Series), said(r.Unit), quantity(r.Used), quantity(r.Limit), quantity(r.Promised), quantity(r.Idle)}
		out.rows = append(out.rows, append(row, coded(string(r.Exhaustion), t.T("exhaustion."+string(r.Exhaustion))), t.onOr(r.Expected), t.onOr(r.Early), t.onOr(r.OrderBy)))
	}
	return out
}

// quantity is a number in a resource's unit; "" is none.
func quantity(n json.Number) datum {
	if n == "" {
		return datum{}
	}
	return decimalOf(numberValue, string(n))
}
