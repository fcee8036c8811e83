package slo

import (
	"cmp"
	"slices"
	"time"
)

// seatSlots keeps which measurement counts in each slot of each seat. Slots are
// kept by the hour, so that one that comes late moves few others.
type seatSlots map[seatHour][]seatSlot

// seatHour is an hour of one seat's slots, counted from the Unix epoch.
type seatHour struct {
	seat string
	hour Instant
}

// seatSlot is the measurement that counts in one slot.
type seatSlot struct {
	at    Instant
	after uint32 // milliseconds of the slot since its hour
	state State
}

const hourMS = 3_600_000

// minReach is how far from its slot a measurement may lie at least.
const minReach = 60_000

// madeFor reports whether a measurement can have been made for the slot that it
// names, where the probe is run every so often: it lies within an interval of
// it, or a minute. What one agent says of a slot may take the place of what
// another said, and must not carry it out of the window that it belongs to.
func (m *Measurement) madeFor(every time.Duration) bool {
	reach := max(Instant(every.Milliseconds()), minReach)
	return m.At-m.Slot <= reach && m.Slot-m.At <= reach
}

// take puts a measurement in its slot. It returns what counted there before,
// where something did, and what counts now.
func (s *seatSlots) take(m *Measurement) (was seatSlot, there bool, is seatSlot) {
	if *s == nil {
		*s = seatSlots{}
	}
	hour := m.Slot / hourMS
	if m.Slot%hourMS < 0 {
		hour--
	}
	key := seatHour{m.Seat, hour}
	is = seatSlot{m.At, uint32(m.Slot - hour*hourMS), m.Outcome}
	list := (*s)[key]
	k, there := slices.BinarySearchFunc(list, is.after, func(x seatSlot, after uint32) int { return cmp.Compare(x.after, after) })
	if !there {
		(*s)[key] = slices.Insert(list, k, is)
		return was, false, is
	}
	was = list[k]
	if is = counted(was, is); is != was {
		list[k] = is
	}
	return was, true, is
}

// counted is which of two measurements for one slot counts.
func counted(a, b seatSlot) seatSlot {
	switch {
	case a.state > b.state, a.state == b.state && a.at <= b.at: // down beats up beats unknown
		return a
	}
	return b
}

// forget drops what lies before an instant, slot by slot.
func (s *seatSlots) forget(before Instant) {
	for key, list := range *s {
		list = slices.DeleteFunc(list, func(x seatSlot) bool { return x.at < before })
		if len(list) == 0 {
			delete(*s, key)
		} else {
			(*s)[key] = list
		}
	}
}
