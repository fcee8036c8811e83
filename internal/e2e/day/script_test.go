package day

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// act is one line of the script: something that happens in the world, or that
// somebody says to the collector.
type act struct {
	at    slo.Instant
	words []string
	why   string // what is behind "--"
}

// readScript reads a script of the day that begins at an instant. Its lines are
// in order of time.
func readScript(text string, midnight slo.Instant) ([]act, error) {
	var acts []act
	for n, line := range strings.Split(text, "\n") {
		line, why, _ := strings.Cut(line, "--")
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		since, err := clockTime(words[0])
		a := act{midnight.Add(since), words[1:], strings.TrimSpace(why)}
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		case len(a.words) < 2:
			return nil, fmt.Errorf("line %d: nothing happens", n+1)
		case len(acts) > 0 && a.at < acts[len(acts)-1].at:
			return nil, fmt.Errorf("line %d: it is earlier than the line before it", n+1)
		}
		acts = append(acts, a)
	}
	return acts, nil
}

// clockTime is HH:MM or HH:MM:SS as the time since midnight.
func clockTime(word string) (time.Duration, error) {
	layout := "15:04"
	if len(word) > len(layout) {
		layout = time.TimeOnly
	}
	t, err := time.Parse(layout, word)
	if err != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
}

func TestReadScript(t *testing.T) {
	acts, err := readScript("# nothing\n\n04:10:20 down web connect_refused -- it -- breaks\n04:11 up web\n", 0)
	if err != nil || len(acts) != 2 || acts[0].at != slo.Instant(15_020_000) || acts[0].why != "it -- breaks" || strings.Join(acts[0].words, " ") != "down web connect_refused" {
		t.Errorf("%+v, %v", acts, err)
	}
	for _, bad := range []string{"4h down web", "04:10 up", "04:10 up web\n04:09 up web"} {
		if _, err := readScript(bad, 0); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
