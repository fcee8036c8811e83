package collector

import (
	"net/http"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
)

// evidencePath is the address of packs of evidence.
const evidencePath = "/api/v1/evidence"

// packTime bounds how long a pack takes to be made and fetched.
const packTime = time.Hour

// evidencePages serves packs to whoever may read all records.
func (c *Collector) evidencePages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+evidencePath, c.showEvidence)
	return mux
}

// showEvidence answers with a pack as a zip. One at a time is made: it reads
// much, and the evaluation shares the disk.
func (c *Collector) showEvidence(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	o := EvidenceOptions{From: q.Get("from"), To: q.Get("to"), Zone: c.commonZone(), At: c.now(), Product: "assay " + c.version}
	var err error
	if name := q.Get("zone"); name != "" {
		if o.Zone, err = time.LoadLocation(name); err != nil {
			answerError(w, http.StatusBadRequest, "bad_request", "zone is no time zone, such as Europe/Berlin")
			return
		}
	}
	if _, err := evidence.NewPeriod(o.From, o.To, o.Zone); err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the query takes from and to, months such as 2026-10, and zone: "+err.Error())
		return
	}
	if !c.packing.TryLock() {
		w.Header().Set("Retry-After", "30")
		answerError(w, http.StatusTooManyRequests, "busy", "another pack is being made; try again in a minute")
		return
	}
	defer c.packing.Unlock()
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(packTime)); err != nil {
		c.failed("making time for a pack of evidence", err)
	}
	started := &begun{ResponseWriter: w, name: "evidence-" + o.From + "-" + o.To + ".zip"}
	if err := writeEvidence(r.Context(), c.store, c.ledger.SignText, started, o); err != nil {
		if !started.yes {
			c.answerFailure(w, "making a pack of evidence", err)
			return
		}
		c.failed("making a pack of evidence", err)
		panic(http.ErrAbortHandler) // half a pack must not look like a whole one
	}
}

// begun sets the headers of a pack with its first byte, so that what fails
// before can still be answered with an error.
type begun struct {
	http.ResponseWriter
	name string
	yes  bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.Header().Set("Content-Type", "application/zip")
		b.Header().Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
	}
	return b.ResponseWriter.Write(p)
}
