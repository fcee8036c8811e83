package push

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// maxHeartbeat bounds a heartbeat, in bytes.
const maxHeartbeat = 16 << 10

// Heartbeat is what an agent says of itself now and then. Instants are Unix
// milliseconds, 0 where there is none.
type Heartbeat struct {
	Agent        string `json:"agent"`
	Location     string `json:"location"`
	Epoch        string `json:"epoch"`
	Version      string `json:"version"`
	Started      int64  `json:"started"`
	Watermark    int64  `json:"watermark"` // every slot before it is measured and queued
	QueueRecords int64  `json:"queue_records"`
	QueueBytes   int64  `json:"queue_bytes"`
	QueueOldest  int64  `json:"queue_oldest"`
	OffsetMS     int64  `json:"offset_ms"` // of the collector's clock against the agent's
	// Room is how many more probes the agent could run; nil where it does not
	// say.
	Room *slo.Room `json:"room,omitempty"`

	Labels map[string]string `json:"labels,omitempty"`
}

func (b *Heartbeat) check() error {
	for what, ms := range map[string]int64{"started": b.Started, "watermark": b.Watermark, "queue_oldest": b.QueueOldest} {
		if !plausible(ms) {
			return fmt.Errorf("%s %d is outside the years 1900 to 2200", what, ms)
		}
	}
	if b.QueueRecords < 0 || b.QueueBytes < 0 {
		return errors.New("the queue's size is negative")
	}
	if r := b.Room; r != nil {
		if r.Probes < 0 || r.Probes > slo.MaxRoom {
			return fmt.Errorf("room for %d probes is out of range", r.Probes)
		}
		if err := checkName("limit of its room", string(r.Limit)); err != nil {
			return err
		}
	}
	if len(b.Version) > MaxName || !clean(b.Version) {
		return errors.New("the version is too long or holds control characters")
	}
	return errors.Join(checkName("location", b.Location), checkEpoch(b.Epoch), checkLabels(b.Labels))
}

func (h *Handler) heartbeat(w http.ResponseWriter, r *http.Request) {
	at := h.Now()
	if err := h.takeHeartbeat(r, at); err != nil {
		h.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, heartbeatReply{Time: int64(at)})
}

type heartbeatReply struct {
	Time int64 `json:"time"` // the collector's clock, in Unix milliseconds
}

func (h *Handler) takeHeartbeat(r *http.Request, at slo.Instant) error {
	raw, err := readBounded(r.Body, maxHeartbeat)
	if err != nil {
		return err
	}
	var b Heartbeat
	if err := json.Unmarshal(raw, &b); err != nil {
		return bad(http.StatusBadRequest, "decoding a heartbeat: %w", err)
	}
	bound, err := h.authorize(r, b.Agent)
	if err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return bad(http.StatusBadRequest, "decoding a heartbeat: %w", err)
	}
	if err := checkLocation(b.Agent, b.Location, bound); err != nil {
		return status{http.StatusForbidden, err}
	}
	return h.Heartbeat(b, at)
}
