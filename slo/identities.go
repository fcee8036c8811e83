package slo

// identities remembers which measurements were met, and what they said.
type identities map[epochKey]map[uint64]said

type epochKey struct{ agent, epoch string }

// said is what makes two measurements of one identity the same.
type said struct {
	probe, location string
	at              Instant
	outcome         State
}

// meeting is what is known of an identity when a measurement bears it.
type meeting uint8

const (
	metNow       meeting = iota // for the first time: the measurement counts
	metBefore                   // it said the same
	metOtherwise                // it said something else
)

// meet notes that a measurement bears an identity.
func (i identities) meet(id ID, m *Measurement) meeting {
	key := epochKey{id.Agent, id.Epoch}
	seqs := i[key]
	if seqs == nil {
		seqs = map[uint64]said{}
		i[key] = seqs
	}
	now := said{m.Probe, m.Location, m.At, m.Outcome}
	first, met := seqs[id.Seq]
	switch {
	case !met:
		seqs[id.Seq] = now
		return metNow
	case first == now:
		return metBefore
	}
	return metOtherwise
}
