package slo

import (
	"math"
	"time"
)

// ID identifies a record for good: the agent that made it, the epoch of the
// agent's queue, and the number given when it was appended there. A repeat of
// an ID is the same record.
type ID struct {
	Agent string
	Epoch string // random, created with the queue's folder; "" in hand-written files
	Seq   uint64 // from 1
}

// Record is one thing that an agent has to say. Exactly one of its pointers
// is set.
type Record struct {
	ID
	Measurement *Measurement
	Readings    *Readings
	Gap         *Gap
}

// Entry is a record as the collector's journal holds it.
type Entry struct {
	Pos      uint64  // position in the journal, from 1, without holes
	Received Instant // when the collector took it
	Record
}

// MaxAhead is how far a measurement may lie in the future of its receipt.
// What lies further ahead is kept but counts nowhere: one sample a year ahead
// would make a time series database refuse all others.
const MaxAhead = time.Minute

// At is the record's own instant.
func (e Entry) At() Instant {
	switch {
	case e.Measurement != nil:
		return e.Measurement.At
	case e.Readings != nil:
		return e.Readings.At
	case e.Gap != nil:
		return e.Gap.At
	}
	return e.Received
}

// Quarantined reports whether the entry lies more than MaxAhead in the future
// of its receipt. Such an entry is archived and alerted, and evaluated nowhere.
func (e Entry) Quarantined() bool { return e.At().Sub(e.Received) > MaxAhead }

// Measurement is what one run of one probe saw.
type Measurement struct {
	Probe    string
	Location string
	At       Instant // when the probe started, corrected by Offset
	Outcome  State
	Reason   Reason // "" when up

	Latency    time.Duration // of the whole probe; 0 where it did not run
	Phases     Phases
	Status     int     // HTTP status or DNS rcode; 0 is none for HTTP
	CertExpiry Instant // earliest of the chain that was seen; 0 where none was
	Evidence   string  // what was seen, for people; cleaned and bounded where it is made

	Revision string        // of the catalogue that told the agent to probe
	Offset   time.Duration // what was added to the agent's own clock to get At; ClockOff says whether that is too much

	// Seat is the name of the seat that the agent held, and Slot the instant at
	// which whoever holds it was to measure. Two agents that both took
	// themselves for the holder made the measurement of a slot twice; it counts
	// once. "" and 0 where the work is not divided in seats.
	Seat string
	Slot Instant

	// Requests are what the run counted; nil where it counted none, or is not up.
	Requests *Requests
}

// Phases are the parts of a probe's latency, each 0 where it did not happen.
type Phases struct {
	Resolve   time.Duration
	Connect   time.Duration
	TLS       time.Duration
	FirstByte time.Duration // from the request's last byte out to the answer's first byte in
	Transfer  time.Duration
}

// MaxEvidence bounds Measurement.Evidence, in bytes.
const MaxEvidence = 1024

// Readings are what the agent's inputs read of its machine at one instant:
// samples for graphs and capacity, not measurements of a target.
type Readings struct {
	Location string
	At       Instant
	Samples  []Sample
}

// Sample is one number of a named series.
type Sample struct {
	Name   string            // a Prometheus metric name
	Labels map[string]string // without agent and location, which the collector adds
	Value  float64
}

// Stale is the value of a sample that ends its series at its instant: queries
// after it find none, where they would go on with the last one for a while. It
// is Prometheus' marker, a NaN of its own.
func Stale() float64 { return math.Float64frombits(0x7ff0000000000002) }

// Gap declares the records From to To (both included) of the same agent and
// epoch as lost for good, so that nobody waits for them and nobody takes
// their silence for health.
type Gap struct {
	From, To uint64
	At       Instant // when the loss was noticed
	Reason   Reason
}
