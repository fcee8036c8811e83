package web

import (
	"net/http"
	"slices"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// maxExclusions bounds the requests of one answer: each costs the figures that
// it would move.
const maxExclusions = 50

// exclusionRoutes are those of the exclusions after the fact.
func (s *site) exclusionRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	list := []route{
		{get, "/exclusions", forPeople, auth.Viewer, "", s.exclusionsPage},
		{post, "/exclusions", forPeople, auth.Operator, "exclusion.request", s.requestForm},
		{get, "/exclusions/new", forPeople, auth.Operator, "", s.newExclusionPage},
		{get, "/exclusions/{id}", forPeople, auth.Viewer, "", s.exclusionPage},
		{get, "/api/v1/exclusions", forMachines, auth.Viewer, "", s.exclusionsAPI},
		{post, "/api/v1/exclusions", forMachines, auth.Operator, "exclusion.request", s.requestAPI},
		{get, "/api/v1/exclusions/{id}", forMachines, auth.Viewer, "", s.exclusionAPI},
	}
	for _, act := range []slo.ExclusionAct{slo.ApproveExclusion, slo.RejectExclusion, slo.WithdrawExclusion, slo.RevokeExclusion} {
		role := auth.Approver
		if act == slo.WithdrawExclusion {
			role = auth.Operator
		}
		list = append(list,
			route{post, "/exclusions/{id}/" + string(act), forPeople, role, "exclusion." + string(act), func(v *visit) error { return s.decideForm(v, act) }},
			route{post, "/api/v1/exclusions/{id}/" + string(act), forMachines, role, "exclusion." + string(act), func(v *visit) error { return s.decideAPI(v, act) }})
	}
	return list
}

type exclusionsJSON struct {
	At         slo.Instant     `json:"at"`
	Exclusions []exclusionJSON `json:"exclusions"`
	Next       *int            `json:"next_offset"`
}

type exclusionJSON struct {
	ID         string             `json:"id"`
	State      slo.ExclusionState `json:"state"`
	Agreements []string           `json:"agreements"`
	slo.Interval
	Cause       string                  `json:"cause"`
	Reason      string                  `json:"reason"`
	RequestedBy string                  `json:"requested_by"`
	RequestedAt slo.Instant             `json:"requested_at"`
	Entry       int64                   `json:"entry"`
	Effects     []slo.ExclusionEffect   `json:"effects"`
	Omitted     int                     `json:"effects_omitted"`
	Decisions   []exclusionDecisionJSON `json:"decisions"`
}

type exclusionDecisionJSON struct {
	Act     slo.ExclusionAct      `json:"act"`
	At      slo.Instant           `json:"at"`
	Actor   string                `json:"actor"`
	Comment string                `json:"comment"`
	Effects []slo.ExclusionEffect `json:"effects"`
	Omitted int                   `json:"effects_omitted"`
	Entry   int64                 `json:"entry"`
}

// exclusionOf is a request as the API writes it, with what approving it would do
// where it is pending, and what it did where it was decided.
func (s *site) exclusionOf(r *slo.ExclusionRequest, at slo.Instant) exclusionJSON {
	j := exclusionJSON{
		ID: r.ID, State: r.State(), Agreements: r.Agreements, Interval: r.Interval, Cause: r.Cause.String(), Reason: r.Reason,
		RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt, Entry: r.Entry, Decisions: []exclusionDecisionJSON{},
	}
	j.Effects, j.Omitted = s.effects(r, at)
	for _, d := range r.Decisions {
		j.Decisions = append(j.Decisions, exclusionDecisionJSON{d.Act, d.At, d.Actor, d.Comment, append([]slo.ExclusionEffect{}, d.Effects...), d.Omitted, d.Entry})
	}
	return j
}

// effects is what approving a pending request would do, and of another what its
// newest decision did.
func (s *site) effects(r *slo.ExclusionRequest, at slo.Instant) (list []slo.ExclusionEffect, omitted int) {
	if r.State() == slo.ExclusionPending {
		list, omitted = s.Exclusions.Effects(r, at)
	} else if n := len(r.Decisions); n > 0 {
		list, omitted = r.Decisions[n-1].Effects, r.Decisions[n-1].Omitted
	}
	return append([]slo.ExclusionEffect{}, list...), omitted
}

// exclusionFilter reads what chooses requests, for the page and the API.
func exclusionFilter(state, agreement, offset, limit string) (ExclusionFilter, error) {
	f := ExclusionFilter{State: slo.ExclusionState(state)}
	if state != "" && !slices.Contains(slo.ExclusionStates(), f.State) {
		return f, badRequest("state: it is pending, approved, rejected, withdrawn or revoked")
	}
	if len(agreement) > maxName || clean(agreement, maxName) != agreement {
		return f, badRequest("agreement: no name of an agreement")
	}
	if agreement != "" {
		f.Agreements = []string{agreement}
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, maxExclusions, 1, maxExclusions)
	return f, err
}

func (s *site) exclusionsAPI(v *visit) error {
	q, err := query(v.r, "state", "agreement", "offset", "limit")
	if err != nil {
		return err
	}
	f, err := exclusionFilter(q.Get("state"), q.Get("agreement"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Exclusions.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := exclusionsJSON{At: v.at, Exclusions: []exclusionJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	for i := range list {
		out.Exclusions = append(out.Exclusions, s.exclusionOf(&list[i], v.at))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) exclusionAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	r, err := s.exclusion(v)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, s.exclusionOf(&r, v.at))
	return nil
}

// exclusion reads the request that the path names.
func (s *site) exclusion(v *visit) (slo.ExclusionRequest, error) {
	id, err := exclusionID(v)
	if err != nil {
		return slo.ExclusionRequest{}, err
	}
	return s.Exclusions.Get(v.r.Context(), id)
}

func (s *site) requestAPI(v *visit) error {
	var in struct {
		Agreements []string     `json:"agreements"`
		From       *slo.Instant `json:"from"`
		To         *slo.Instant `json:"to"`
		Cause      string       `json:"cause"`
		Reason     string       `json:"reason"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	if in.From == nil || in.To == nil {
		return badRequest("from and to: both are instants such as 2026-10-01T00:00:00Z")
	}
	cause, err := slo.ParseExclusionCause(in.Cause)
	if err != nil {
		return badRequest("cause: " + err.Error())
	}
	r, fresh, err := s.requestExclusion(v, slo.ExclusionRequest{
		Agreements: in.Agreements, Interval: slo.Interval{From: *in.From, To: *in.To}, Cause: cause, Reason: in.Reason,
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	v.w.Header().Set("Location", "/api/v1"+exclusionPath(r.ID))
	writeJSON(v.w, status, s.exclusionOf(&r, v.at))
	return nil
}

func (s *site) decideAPI(v *visit, act slo.ExclusionAct) error {
	var in struct {
		Comment string `json:"comment"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	r, err := s.decideExclusion(v, act, in.Comment)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, s.exclusionOf(&r, v.at))
	return nil
}
