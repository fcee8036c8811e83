package slo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// timelineOf is u, d and ?, one a second.
func timelineOf(s string) *Timeline {
	var tl Timeline
	for i, state := range states(s) {
		tl.Set(Interval{second(i), second(i + 1)}, state)
	}
	return &tl
}

func stretch(from, to, down, up int) Stretch {
	s := Stretch{Interval: Interval{second(from), second(to)}, Down: time.Duration(down) * time.Second}
	if up > 0 {
		s.Restored, s.UpFrom = true, second(up)
	}
	return s
}

func TestStretches(t *testing.T) {
	for _, c := range []struct {
		name, timeline string
		from, to, at   int
		want           []Stretch
	}{
		{"none", "uu??uu", 0, 6, 6, nil},
		{"one", "uudduu", 0, 6, 6, []Stretch{stretch(2, 4, 2, 4)}},
		{"with unknown inside and behind", "ud?d??u", 0, 7, 7, []Stretch{stretch(1, 4, 2, 6)}},
		{"unknown before does not belong to it", "u?du", 0, 4, 4, []Stretch{stretch(2, 3, 1, 3)}},
		{"lasting", "uuddd", 0, 5, 5, []Stretch{stretch(2, 5, 3, 0)}},
		{"not restored where nothing is known", "uddd??", 0, 6, 6, []Stretch{stretch(1, 4, 3, 0)}},
		{"whole, though the interval is in its middle", "udddddu", 3, 4, 7, []Stretch{stretch(1, 6, 5, 6)}},
		{"restored after the interval", "ud??????u", 3, 4, 9, []Stretch{stretch(1, 2, 1, 8)}},
		{"an up that is not known yet", "udddddu", 3, 4, 5, []Stretch{stretch(1, 5, 4, 0)}},
		{"told of when the up comes after unknown", "ud???u", 5, 6, 6, []Stretch{stretch(1, 2, 1, 5)}},
		{"over before the interval", "uduuuu", 3, 6, 6, nil},
		{"restored where the interval begins", "uduuuu", 2, 6, 6, []Stretch{stretch(1, 2, 1, 2)}},
		{"begun where the interval ends", "uuuudu", 0, 4, 6, []Stretch{stretch(4, 5, 1, 5)}},
		{"begun behind the interval", "uuuuudu", 0, 4, 7, nil},
		{"behind the interval and unknown", "uduu??du", 1, 4, 8, []Stretch{stretch(1, 2, 1, 2), stretch(6, 7, 1, 7)}},
		{"several, of which the interval touches two", "uduuduududu", 3, 6, 11, []Stretch{stretch(4, 5, 1, 5)}},
		{"all", "udududd", 0, 7, 7, []Stretch{stretch(1, 2, 1, 2), stretch(3, 4, 1, 4), stretch(5, 7, 2, 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := timelineOf(c.timeline).Stretches(Interval{second(c.from), second(c.to)}, second(c.at))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStretchesAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.StringMatching(`[ud?]{1,40}`).Draw(t, "timeline")
		at := rapid.IntRange(0, len(said)).Draw(t, "at")
		from := rapid.IntRange(0, len(said)).Draw(t, "from")
		to := rapid.IntRange(from, len(said)).Draw(t, "to")
		var want []Stretch
		for i := 0; i < at; i++ {
			if said[i] != 'd' {
				continue
			}
			s := Stretch{Interval: Interval{second(i), second(i)}}
			near := i <= to || !strings.Contains(said[to:i], "u")
			for ; i < at && said[i] != 'u'; i++ {
				if said[i] == 'd' {
					s.To = second(i + 1)
					s.Down += time.Second
				}
			}
			if i < at {
				s.Restored, s.UpFrom = true, second(i)
			}
			if near && (!s.Restored || s.UpFrom >= second(from)) {
				want = append(want, s)
			}
		}
		got := timelineOf(said).Stretches(Interval{second(from), second(to)}, second(at))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Outages that flap are one, by the hold in force where the later begins, and
// a look at any part of them finds all.
func TestFlaps(t *testing.T) {
	none := func(Instant) time.Duration { return 0 }
	of := func(seconds int, since int) func(Instant) time.Duration {
		return func(at Instant) time.Duration {
			if at < second(since) {
				return 0
			}
			return time.Duration(seconds) * time.Second
		}
	}
	for _, c := range []struct {
		name     string
		said     string // one letter a second
		hold     func(Instant) time.Duration
		from, to int
		want     string
	}{
		{"no hold", "uduudu", none, 0, 6, "1-2(1s) 4-5(1s)"},
		{"far apart", "uduuudu", of(3, 0), 0, 7, "1-2(1s) 5-6(1s)"},
		{"close", "uduudu", of(3, 0), 0, 6, "1-5(2s)"},
		{"a chain, seen from its end", "udududududu", of(2, 0), 9, 10, "1-10(5s)"},
		{"a chain, seen from its beginning", "udududududu", of(2, 0), 1, 2, "1-10(5s)"},
		{"one that lasts", "uduudd", of(3, 0), 5, 6, "1-open(3s)"},
		{"of which the hold began later", "udududu", of(2, 4), 0, 7, "1-2(1s) 3-6(2s)"},
		{"unknown is no end", "ud??uudu", of(3, 0), 0, 8, "1-7(2s)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range timelineOf(c.said).Flaps(Interval{second(c.from), second(c.to)}, second(len(c.said)), c.hold) {
				end := "open"
				if s.Restored {
					end = fmt.Sprint(s.UpFrom.Sub(second(0)).Seconds())
				}
				got = append(got, fmt.Sprintf("%v-%s(%v)", s.From.Sub(second(0)).Seconds(), end, s.Down))
			}
			if said := strings.Join(got, " "); said != c.want {
				t.Errorf("%s, want %s", said, c.want)
			}
		})
	}
}
