package collector

import (
	"fmt"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// wordRows are an engine's streams as the records keep them.
func wordRows(words []evaluate.StoredWord) ([]sqlstore.Word, error) {
	out := make([]sqlstore.Word, 0, len(words))
	for i := range words {
		w := &words[i]
		last := []byte{}
		if w.Last.Probe != "" { // what it said may be forgotten while its timeline is not
			var err error
			if last, err = push.EncodeRecord(slo.Record{Measurement: &w.Last}); err != nil {
				return nil, fmt.Errorf("storing the stream %s/%s/%s: %w", w.Probe, w.Location, w.Agent, err)
			}
		}
		out = append(out, sqlstore.Word{
			Probe: w.Probe, Location: w.Location, Agent: w.Agent, Hold: w.Hold, Confirm: w.Confirm, Stream: w.Stream, Last: last,
		})
	}
	return out, nil
}

// storedWords is the way back. A newest measurement that cannot be read is
// left out: the next one takes its place.
func storedWords(rows []sqlstore.Word) []evaluate.StoredWord {
	out := make([]evaluate.StoredWord, 0, len(rows))
	for _, r := range rows {
		w := evaluate.StoredWord{
			Word: evaluate.Word{Probe: r.Probe, Location: r.Location, Agent: r.Agent},
			Hold: r.Hold, Confirm: r.Confirm, Stream: r.Stream,
		}
		if rec, err := push.DecodeRecord(r.Last); err == nil && rec.Measurement != nil {
			w.Last = *rec.Measurement
		}
		out = append(out, w)
	}
	return out
}
