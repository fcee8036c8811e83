package influx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// refusal is the body of an answer that is no success. It holds what clients
// of either version look for.
type refusal struct {
	Code    string `json:"code"`           // InfluxDB 2's
	Message string `json:"message"`        // InfluxDB 2's
	Error   string `json:"error"`          // InfluxDB 1's; the message again
	Line    int    `json:"line,omitempty"` // the first that was refused, from 1
}

func fail(w http.ResponseWriter, status int, r refusal) {
	r.Error = r.Message
	b, err := json.Marshal(r)
	if err != nil {
		b = []byte(`{"code":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // whoever asked may have gone
}

// later has the client try again; nothing of its write was taken.
func later(w http.ResponseWriter, text string) {
	w.Header().Set("Retry-After", "5")
	fail(w, http.StatusServiceUnavailable, refusal{Code: "unavailable", Message: text})
}

// Bounds on what an answer tells of lines that were refused.
const (
	maxTold  = 20  // lines
	maxFault = 300 // bytes for one
)

// faults are the lines that were refused.
type faults struct {
	lines int // that had one
	first int // number of the first of them
	last  int // number of the last of them
	told  []string
}

// add notes what is wrong with a line; what else is wrong with it is not told.
func (f *faults) add(line int, err error) {
	if f.last == line {
		return
	}
	if f.lines == 0 {
		f.first = line
	}
	f.lines++
	f.last = line
	if len(f.told) < maxTold {
		f.told = append(f.told, fmt.Sprintf("line %d: %s", line, cut(err.Error(), maxFault)))
	}
}

// refusal tells of the faults. of is how many lines there were.
func (f *faults) refusal(of int) refusal {
	text := fmt.Sprintf("partial write: %d of %d lines refused, the others were taken: %s", f.lines, of, strings.Join(f.told, "; "))
	if f.lines > len(f.told) {
		text += "; and more"
	}
	return refusal{Code: "invalid", Message: text, Line: f.first}
}

// cut is a text of at most n bytes, in valid UTF-8 and without what controls a
// terminal.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
