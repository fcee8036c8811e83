package web

import (
	"encoding/json"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// satisfactionJSON is what came of the surveys in a stretch of time.
type satisfactionJSON struct {
	At        slo.Instant `json:"at"`
	Agreement string      `json:"agreement"` // "" is all
	slo.Interval
	Asked     int          `json:"asked"`
	Votes     int          `json:"votes"`
	Satisfied int          `json:"satisfied"`
	CSAT      *json.Number `json:"csat_percent"` // null without votes
	Scores    [5]int       `json:"scores"`
	List      []voteJSON   `json:"list"`
}

// voteJSON is one vote with who gave it.
type voteJSON struct {
	At        slo.Instant `json:"voted_at"`
	Agreement string      `json:"agreement"`
	Period    string      `json:"period"`
	Recipient string      `json:"recipient"`
	Score     int         `json:"score"`
	Comment   string      `json:"comment"`
	Entry     int64       `json:"entry"`
}

func (s *site) satisfactionAPI(v *visit) error {
	q, err := query(v.r, "agreement", "from", "to")
	if err != nil {
		return err
	}
	out := satisfactionJSON{At: v.at, Agreement: q.Get("agreement"), Interval: slo.Interval{From: v.at.Add(-slo.SurveyLife), To: v.at + 1}, List: []voteJSON{}}
	for name, to := range map[string]*slo.Instant{"from": &out.From, "to": &out.To} {
		if text := q.Get(name); text != "" {
			if *to, err = slo.ParseInstant(text); err != nil {
				return badRequest(name + ": it is an instant such as 2026-10-01T00:00:00Z")
			}
		}
	}
	list, err := s.Surveys.In(v.r.Context(), out.Agreement, out.Interval)
	if err != nil {
		return err
	}
	count, voted := slo.Satisfied(list, out.Interval)
	out.Asked, out.Votes, out.Satisfied, out.Scores = count.Asked, count.Votes, count.Satisfied, count.Scores
	if f, ok := count.CSAT(); ok {
		csat := json.Number(f.Percent(6))
		out.CSAT = &csat
	}
	for _, x := range voted {
		out.List = append(out.List, voteJSON{x.Vote.At, x.Agreement, x.Period, x.Recipient, x.Vote.Score, x.Vote.Comment, x.Vote.Entry})
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}
