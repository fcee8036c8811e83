package push

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sorting divides a batch into what is new, what is there already, and what
// must be kept aside. Nothing is marked before the journal has it.
type sorting struct {
	epoch    *epoch
	received *received
	batch    *Batch
	bound    string // the one location that the batch may speak for; "": any
	at       slo.Instant
	reply    Reply
	news     Pushed
	entries  [][]byte
	fresh    []BatchRecord
	gaps     []*slo.Gap
	aside    []Aside
}

func (s *sorting) sort(r BatchRecord) error {
	s.reply.Accepted.Add(r.Seq)
	if s.epoch.seqs.Contains(r.Seq) {
		s.news.Repeated++
		if s.epoch.conflicts(r) {
			s.reply.Conflicts = append(s.reply.Conflicts, r.Seq)
			if !s.epoch.keptAside(r) {
				s.keep(r, Conflict)
			}
		}
		return nil
	}
	s.fresh = append(s.fresh, r)
	rec, err := DecodeRecord(r.Record)
	if err != nil {
		s.reject(r, "unreadable: "+err.Error(), err)
		return nil
	}
	if err := s.accept(r.Seq, rec); err != nil {
		s.reject(r, "refused: "+err.Error(), err)
		return nil
	}
	entry, err := EncodeEntry(s.id(r.Seq), s.at, r.Record)
	if err != nil {
		return err
	}
	s.entries = append(s.entries, entry)
	s.note(rec)
	return nil
}

// oldest bounds how far back a measurement may lie: further than any agent
// queues, and near enough that no outage begins in another age.
const oldest = 400 * 24 * time.Hour

// accept says what speaks against a record that can be read.
func (s *sorting) accept(seq uint64, rec slo.Record) error {
	if rec.Gap != nil {
		if rec.Gap.To >= seq {
			return fmt.Errorf("a gap up to %d in record %d: it may only speak of records before it", rec.Gap.To, seq)
		}
		return nil
	}
	if m := rec.Measurement; m != nil && s.at.Sub(m.At) > oldest {
		return fmt.Errorf("measured at %s, more than %d days ago", m.At, int(oldest.Hours()/24))
	}
	location := locationOf(rec)
	if err := checkLocation(s.batch.Agent, location, s.bound); err != nil {
		return err
	}
	if !s.received.speaksFor(s.batch.Agent, location) {
		return fmt.Errorf("location %s is one more than the %d that agent %s may speak for", bounded(location), maxLocations, bounded(s.batch.Agent))
	}
	return nil
}

// locationOf is where a measurement or a reading was made.
func locationOf(rec slo.Record) string {
	if rec.Measurement != nil {
		return rec.Measurement.Location
	}
	return rec.Readings.Location
}

func (s *sorting) id(seq uint64) slo.ID {
	return slo.ID{Agent: s.batch.Agent, Epoch: s.batch.Epoch, Seq: seq}
}

func (s *sorting) reject(r BatchRecord, reason string, err error) {
	s.reply.Rejected = append(s.reply.Rejected, Rejected{r.Seq, err.Error()})
	s.keep(r, reason)
}

func (s *sorting) keep(r BatchRecord, reason string) {
	s.aside = append(s.aside, Aside{s.id(r.Seq), reason, r.Record})
}

// markAside remembers the conflicts that are kept now.
func (s *sorting) markAside() {
	for _, a := range s.aside {
		if a.Reason == Conflict {
			s.epoch.keepAside(a.ID.Seq, a.Record)
		}
	}
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
