package slo

import "time"

// ClockBound is how far an agent's clock may be off. Beyond it the agent is
// alerted on and its measurements are marked.
const ClockBound = 10 * time.Second

// ClockOff reports whether an offset of a clock is beyond ClockBound, either
// way. A measurement is marked by its own Offset: the mark is derived, never
// stored.
func ClockOff(offset time.Duration) bool { return offset > ClockBound || offset < -ClockBound }
