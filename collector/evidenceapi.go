package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
)

// Addresses of packs of evidence, and of how an audit would find the records.
const (
	evidencePath  = "/api/v1/evidence"
	readinessPath = "/api/v1/readiness"
)

// Bounds on what is asked of the records at once.
const (
	packTime      = time.Hour       // to make a pack
	readinessTime = 2 * time.Minute // to judge
	maxSample     = 10_000          // incidents
)

// evidencePages serves packs and readiness to whoever may read all records.
func (c *Collector) evidencePages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+evidencePath, c.showEvidence)
	mux.HandleFunc("GET "+readinessPath, c.showReadiness)
	return mux
}

// errPacking is why a pack or a readiness is not made now.
var errPacking = errors.New("a pack or a readiness is being made; try again in a minute")

// askedEvidence reads what a query asks: from and to, months that default to the
// last three that are over, zone, lang, and seed and sample of the incidents.
func (c *Collector) askedEvidence(q url.Values) (EvidenceOptions, error) {
	o := EvidenceOptions{From: q.Get("from"), To: q.Get("to"), Zone: c.commonZone(), At: c.now(), Product: "assay " + c.version}
	var err error
	if name := q.Get("zone"); name != "" {
		if o.Zone, err = time.LoadLocation(name); err != nil {
			return o, errors.New("zone is no time zone, such as Europe/Berlin")
		}
	}
	o.From, o.To = evidence.LastMonths(o.From, o.To, o.Zone, o.At)
	if _, err := evidence.NewPeriod(o.From, o.To, o.Zone); err != nil {
		return o, fmt.Errorf("from and to are months such as 2026-10: %w", err)
	}
	if o.Language, err = evidence.ParseLanguage(q.Get("lang")); err != nil {
		return o, fmt.Errorf("lang: %w", err)
	}
	o.Sample, err = askedSample(q)
	return o, err
}

func askedSample(q url.Values) (evidence.Sampling, error) {
	s := evidence.Sampling{Seed: 1, Count: AuditorsSample}
	var err error
	if v := q.Get("seed"); v != "" {
		if s.Seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			return s, errors.New("seed is a number from 0")
		}
	}
	if v := q.Get("sample"); v != "" {
		if s.Count, err = strconv.Atoi(v); err != nil || s.Count < 0 || s.Count > maxSample {
			return s, fmt.Errorf("sample is a number from 0 to %d", maxSample)
		}
	}
	return s, nil
}

// judgeRecords judges the records. One at a time is made, of packs as well: it
// reads much, and the evaluation shares the disk.
func (c *Collector) judgeRecords(ctx context.Context, o EvidenceOptions) (*evidence.Readiness, error) {
	if !c.packing.TryLock() {
		return nil, errPacking
	}
	defer c.packing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readinessTime)
	defer cancel()
	return audit(ctx, c.store, o)
}

// showReadiness answers with how an audit of a period would find the records.
func (c *Collector) showReadiness(w http.ResponseWriter, r *http.Request) {
	o, err := c.askedEvidence(r.URL.Query())
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	found, err := c.judgeRecords(r.Context(), o)
	switch {
	case errors.Is(err, errPacking):
		answerPacking(w, err)
	case err != nil:
		c.answerFailure(w, "judging the records", err)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(found.JSON()) // whoever asked may be gone
	}
}

func answerPacking(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", "30")
	answerError(w, http.StatusTooManyRequests, "busy", err.Error())
}

// showEvidence answers with a pack as a zip.
func (c *Collector) showEvidence(w http.ResponseWriter, r *http.Request) {
	o, err := c.askedEvidence(r.URL.Query())
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Now().Add(packTime + time.Minute)); err != nil {
		c.failed("making time for a pack of evidence", err)
	}
	pack, err := c.makePack(r.Context(), o)
	if err != nil {
		c.answerPackError(w, err)
		return
	}
	defer func() {
		if err := pack.Close(); err != nil {
			c.failed("taking away a pack of evidence", err)
		}
	}()
	if err := control.SetWriteDeadline(time.Now().Add(pack.patience())); err != nil {
		c.failed("making time for a pack of evidence", err)
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="evidence-`+o.From+"-"+o.To+`.zip"`)
	w.Header().Set("Content-Length", strconv.FormatInt(pack.size, 10)) // less than that is no pack
	_, _ = io.Copy(w, pack)                                            // nobody is left to tell
}

// answerPackError tells why there is no pack.
func (c *Collector) answerPackError(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errPacking), errors.Is(err, errSpooling):
		answerPacking(w, err)
	case errors.Is(err, errLargePack):
		answerError(w, http.StatusConflict, "large_pack", errLargePack.Error())
	case errors.Is(err, context.Canceled): // nobody is left to tell
	default:
		c.answerFailure(w, "making a pack of evidence", err)
	}
}
