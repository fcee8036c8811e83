package demo

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// trouble is something that goes wrong: services are down from an instant to
// another, for one cause.
type trouble struct {
	slo.Interval
	root     string   // the service that it began with
	services []string // that are down, the root among them
	reason   slo.Reason
	cause    string // as people find it
	code     string // of closure
	change   string // that was made right before; "" of none
	untaken  bool   // nobody acknowledged it: it was over before
}

// cut is when an agent could not deliver. It measured on.
type cut struct {
	slo.Interval
	location string
}

// year is what happens, in the order of time.
type year struct {
	slo.Interval
	seed     uint64
	troubles []trouble
	cuts     []cut
}

// kinds of trouble that one service has by itself.
var single = []struct {
	reason slo.Reason
	cause  string
	code   string
	change string
}{
	{slo.StatusUnexpected, "A release could not read the old sessions.", "change_reverted", "new release"},
	{slo.StatusUnexpected, "A worker ran out of memory and was started again too seldom.", "fixed", ""},
	{slo.ConnectRefused, "The service did not start again after its host was patched.", "fixed", "patches of the host"},
	{slo.ConnectTimeout, "A rule of the firewall was too narrow.", "change_reverted", "rules of the firewall"},
	{slo.FirstByteTimeout, "A query without an index held all the others up.", "workaround", ""},
	{slo.TLSExpired, "The certificate was not renewed: the job that does it had stopped.", "fixed", ""},
	{slo.BodyMismatch, "A template was broken by an edit of its texts.", "fixed", "new texts"},
}

// newYear draws what happens between two instants.
func newYear(v slo.Interval, seed uint64) *year {
	y := &year{Interval: v, seed: seed}
	y.told()
	y.again()
	r := rand.New(rand.NewPCG(seed, 20000))
	list := services()
	for month := v.From.Time(); slo.At(month) < v.To; month = month.AddDate(0, 1, 0) {
		for range 5 + r.IntN(5) {
			y.one(r, month, list)
		}
		if r.IntN(3) > 0 {
			y.shared(r, month, list)
		}
		if month.Month()%3 == 0 {
			at := slo.At(month.AddDate(0, 0, 12)).Add(time.Duration(r.IntN(86_400)) * time.Second)
			if c := (cut{slo.Interval{From: at, To: at.Add(6 * time.Hour)}, locations[r.IntN(len(locations))]}); c.To < v.To {
				y.cuts = append(y.cuts, c)
			}
		}
	}
	// At the end of the fifth month the line to one location is down for more than
	// two days: the month is sealed and reported without what was measured there,
	// and restated when that comes.
	end := slo.At(v.From.Time().AddDate(0, 5, 0))
	if late := (slo.Interval{From: end.Add(-12 * time.Hour), To: end.Add(40 * time.Hour)}); late.To < v.To {
		y.cuts = append(y.cuts, cut{late, locations[0]})
	}
	y.trouble(trouble{
		Interval: slo.Interval{From: end.Add(-5 * time.Hour), To: end.Add(-4 * time.Hour)}, root: "alder-web", services: []string{"alder-web"},
		reason: slo.StatusUnexpected, cause: "A job filled the disk with its log.", code: "fixed",
	})
	slices.SortFunc(y.troubles, func(a, b trouble) int { return int(a.From - b.From) })
	slices.SortFunc(y.cuts, func(a, b cut) int { return int(a.From - b.From) })
	return y
}

// one draws trouble of a single service of a customer.
func (y *year) one(r *rand.Rand, month time.Time, list []service) {
	s := list[10+r.IntN(len(list)-10)]
	kind := single[r.IntN(len(single))]
	length := time.Duration(4+r.IntN(30)) * time.Minute
	if r.IntN(8) == 0 {
		length = time.Duration(90+r.IntN(150)) * time.Minute
	}
	y.trouble(trouble{
		Interval: y.drawn(r, month, length), root: s.name, services: []string{s.name},
		reason: kind.reason, cause: kind.cause, code: kind.code, change: kind.change, untaken: length < 6*time.Minute,
	})
}

// shared draws trouble of an inner service that takes others down.
func (y *year) shared(r *rand.Rand, month time.Time, list []service) {
	inner := []struct {
		service, cause, code string
		reason               slo.Reason
	}{
		{"database-one", "The primary lost its disk, and the standby was not promoted by itself.", "fixed", slo.ConnectRefused},
		{"database-two", "A migration locked the largest table.", "change_reverted", slo.FirstByteTimeout},
		{"network", "The carrier lost a fibre, and the second path was too narrow.", "supplier", slo.ConnectTimeout},
		{"payments", "Paygate answered nothing.", "supplier", slo.ConnectTimeout},
		{"storage", "A shelf was full, and writes stood still.", "workaround", slo.FirstByteTimeout},
	}
	kind := inner[r.IntN(len(inner))]
	down := []string{kind.service}
	for _, s := range list {
		if slices.Contains(s.dependsOn, kind.service) && r.IntN(4) > 0 {
			down = append(down, s.name)
		}
	}
	length := time.Duration(15+r.IntN(70)) * time.Minute
	y.trouble(trouble{
		Interval: y.drawn(r, month, length), root: kind.service, services: down,
		reason: kind.reason, cause: kind.cause, code: kind.code,
	})
}

// drawn is an interval of a length in a month.
func (y *year) drawn(r *rand.Rand, month time.Time, length time.Duration) slo.Interval {
	days := month.AddDate(0, 1, 0).Sub(month).Hours()/24 - 1
	at := slo.At(month).Add(time.Duration(r.Float64()*days*86_400) * time.Second)
	return slo.Interval{From: at, To: at.Add(length)}
}

// trouble adds some that lies in the year, away from other trouble of the same
// services.
func (y *year) trouble(t trouble) {
	if t.From < y.From.Add(time.Hour) || t.To > y.To.Add(-3*time.Hour) {
		return
	}
	around := slo.Interval{From: t.From.Add(-3 * time.Hour), To: t.To.Add(3 * time.Hour)}
	for _, o := range y.troubles {
		if !o.Intersect(around).Empty() {
			return
		}
	}
	y.troubles = append(y.troubles, t)
}

// down is the trouble that a service is in at an instant, nil where it is up.
func (y *year) down(service string, at slo.Instant) *trouble {
	// Trouble lies apart: the last that began is the only one that can last.
	n, _ := slices.BinarySearchFunc(y.troubles, at, func(t trouble, at slo.Instant) int { return int(t.From - at - 1) })
	if n == 0 {
		return nil
	}
	if t := &y.troubles[n-1]; at < t.To && slices.Contains(t.services, service) {
		return t
	}
	return nil
}

// cutOff reports whether the agent of a location cannot deliver at an instant.
func (y *year) cutOff(location string, at slo.Instant) bool {
	return slices.ContainsFunc(y.cuts, func(c cut) bool { return c.location == location && c.Contains(at) })
}
