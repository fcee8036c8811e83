package push

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// sorting divides a batch into what is new, what is there already, and what
// must be kept aside. Nothing is marked before the journal has it.
type sorting struct {
	epoch   *epoch
	batch   *Batch
	at      slo.Instant
	reply   Reply
	news    Pushed
	entries [][]byte
	fresh   []BatchRecord
	gaps    []*slo.Gap
	aside   []aside
}

type aside struct {
	record BatchRecord
	reason string
}

func (s *sorting) sort(r BatchRecord) error {
	s.reply.Accepted.Add(r.Seq)
	if s.epoch.seqs.Contains(r.Seq) {
		s.news.Repeated++
		if s.epoch.conflicts(r) {
			s.reply.Conflicts = append(s.reply.Conflicts, r.Seq)
			s.aside = append(s.aside, aside{r, "conflict"})
		}
		return nil
	}
	s.fresh = append(s.fresh, r)
	rec, err := DecodeRecord(r.Record)
	if err == nil && rec.Gap != nil && rec.Gap.To >= r.Seq {
		err = fmt.Errorf("a gap up to %d in record %d: it may only speak of records before it", rec.Gap.To, r.Seq)
	}
	if err != nil {
		s.reply.Rejected = append(s.reply.Rejected, Rejected{r.Seq, err.Error()})
		s.aside = append(s.aside, aside{r, "unreadable: " + err.Error()})
		return nil
	}
	entry, err := EncodeEntry(slo.ID{Agent: s.batch.Agent, Epoch: s.batch.Epoch, Seq: r.Seq}, s.at, r.Record)
	if err != nil {
		return err
	}
	s.entries = append(s.entries, entry)
	s.note(rec)
	return nil
}

// note keeps what the batch brings, for whoever is told of it.
func (s *sorting) note(rec slo.Record) {
	s.news.Taken++
	switch {
	case rec.Measurement != nil:
		s.news.Location = rec.Measurement.Location
		if s.news.Newest == 0 || rec.Measurement.At > s.news.Newest {
			s.news.Newest = rec.Measurement.At
		}
	case rec.Readings != nil:
		s.news.Location = rec.Readings.Location
	case rec.Gap != nil:
		s.gaps = append(s.gaps, rec.Gap)
	}
}

// mark notes everything of the batch as received, now that it is on disk.
func (s *sorting) mark() {
	s.news.NewEpoch = len(s.epoch.seqs.runs) == 0
	for _, r := range s.fresh {
		s.epoch.mark(r.Seq, r.Record)
	}
	for _, g := range s.gaps {
		s.news.Lost += s.epoch.lose(g)
	}
}
