package slo

import "strconv"

// lineReader reads the lines of one file. Lines as programs write them, flat
// objects of plain ASCII, are read in a tenth of the time that encoding/json
// takes; whatever else there is, encoding/json decides.
type lineReader struct{ names map[string]string }

// maxNames bounds the names that a lineReader remembers.
const maxNames = 10_000

// name is b as a string, the same one each time.
func (r *lineReader) name(b []byte) string {
	if s, ok := r.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(r.names) < maxNames {
		r.names[s] = s
	}
	return s
}

// flat reads b into l where b is a flat object of the keys of a line, with
// plain strings and plain numbers. Where it is not, l is not to be used.
func (r *lineReader) flat(b []byte, l *line) bool {
	f := flat{b}
	if !f.token('{') {
		return false
	}
	for {
		key, ok := f.text()
		if !ok || !f.token(':') || !r.field(&f, string(key), l) {
			return false
		}
		if f.token('}') {
			f.space()
			return len(f.rest) == 0
		}
		if !f.token(',') {
			return false
		}
	}
}

// field reads the value of a key.
func (r *lineReader) field(f *flat, key string, l *line) bool {
	switch key {
	case "seq":
		n, ok := f.number()
		seq, err := strconv.ParseUint(string(n), 10, 64)
		l.Seq = &seq
		return ok && err == nil
	case "latency_ms":
		return f.float(&l.LatencyMS)
	case "requests_good":
		return f.float(&l.RequestsGood)
	case "requests_total":
		return f.float(&l.RequestsTotal)
	}
	v, ok := f.text()
	switch key {
	case "probe":
		l.Probe = r.name(v)
	case "location":
		l.Location = r.name(v)
	case "agent":
		l.Agent = r.name(v)
	case "epoch":
		l.Epoch = r.name(v)
	case "outcome":
		l.Outcome = r.name(v)
	case "reason":
		l.Reason = Reason(r.name(v))
	case "seat":
		l.Seat = r.name(v)
	case "slot":
		l.Slot = string(v)
	case "requests_from":
		l.RequestsFrom = string(v)
	case "requests_to":
		l.RequestsTo = string(v)
	case "at":
		l.At = string(v)
	case "evidence":
		l.Evidence = string(v)
	default:
		return false
	}
	return ok
}

// flat is what is left of a line.
type flat struct{ rest []byte }

func (f *flat) space() {
	for len(f.rest) > 0 && (f.rest[0] == ' ' || f.rest[0] == '\t') {
		f.rest = f.rest[1:]
	}
}

// token takes one byte of punctuation.
func (f *flat) token(c byte) bool {
	f.space()
	if len(f.rest) == 0 || f.rest[0] != c {
		return false
	}
	f.rest = f.rest[1:]
	return true
}

// text takes a string of printable ASCII without escapes.
func (f *flat) text() ([]byte, bool) {
	if !f.token('"') {
		return nil, false
	}
	for i, c := range f.rest {
		switch {
		case c == '"':
			s := f.rest[:i]
			f.rest = f.rest[i+1:]
			return s, true
		case c < ' ' || c > '~' || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// float takes a number into where it belongs.
func (f *flat) float(to *float64) bool {
	n, ok := f.number()
	v, err := strconv.ParseFloat(string(n), 64)
	*to = v
	return ok && err == nil
}

// number takes a number of digits and at most one point between them.
func (f *flat) number() ([]byte, bool) {
	f.space()
	end, point := 0, 0
	for end < len(f.rest) && (f.rest[end] >= '0' && f.rest[end] <= '9' || f.rest[end] == '.' && end > 0 && point == 0) {
		if f.rest[end] == '.' {
			point = end
		}
		end++
	}
	n := f.rest[:end]
	f.rest = f.rest[end:]
	ok := end > 0 && n[end-1] != '.' && (n[0] != '0' || end == 1 || n[1] == '.')
	return n, ok
}
