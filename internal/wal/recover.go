package wal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Report tells what Open found wrong. Its zero value is a folder in order.
type Report struct {
	// Torn is how many bytes were cut from the end of the last segment:
	// records that were being written when the process or the machine died.
	// Append had not returned for them.
	Torn int64
	// Lost is every hole between the first and the next number, in order, each
	// time the log is opened for as long as the segments around it are kept.
	Lost []Lost
	// SetAside names the files that could not be read at all. They were
	// renamed, to end in .corrupt, and are left to people.
	SetAside []string
	// Vanished says that no segment is here although Options.Next tells of
	// records: all that came from there on is gone, and nobody knows how many.
	Vanished bool
}

// Lost is a range of records, both ends included, that the disk did not give
// back.
type Lost struct {
	From, To uint64
	Reason   string
}

// Open opens the log in the folder dir, which it makes where it is missing.
// It reads every segment once. Damage is no error: it is cut, stepped over or
// set aside, and reported. Errors are those of a folder that cannot be used:
// missing rights, a full disk, ErrLocked, segments of a newer version.
func Open(dir string, opts Options) (*Log, Report, error) {
	l := &Log{dir: dir, opts: opts.withDefaults(), disk: opts.disk, grown: make(chan struct{})}
	if err := l.open(); err != nil {
		l.abandon()
		return nil, Report{}, fmt.Errorf("opening the log in %s: %w", dir, err)
	}
	report, err := l.recover()
	if err != nil {
		l.abandon()
		return nil, Report{}, fmt.Errorf("opening the log in %s: %w", dir, err)
	}
	return l, report, nil
}

func (l *Log) open() error {
	if l.disk != nil {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	lock, err := LockFolder(l.dir)
	if err != nil {
		return err
	}
	l.lock, l.disk = lock, folder(l.dir)
	return nil
}

// abandon undoes what a failed Open has opened.
func (l *Log) abandon() {
	for _, s := range l.segments {
		s.file.Close()
	}
	if l.lock != nil {
		unlock(l.lock)
	}
}

// recover builds the log from what the folder holds.
func (l *Log) recover() (Report, error) {
	var report Report
	found, err := l.inspect(&report)
	if err != nil {
		for _, c := range found {
			if c.file != nil {
				c.file.Close()
			}
		}
		return report, err
	}
	if err := l.adopt(found, &report); err != nil {
		return report, err
	}
	report.Vanished = len(l.segments) == 0 && len(report.SetAside) == 0 && l.opts.Next > 1
	l.next = max(l.next, l.opts.Next, 1)
	if l.next > maxSeq {
		return report, fmt.Errorf("the next number would be %d, beyond any that a log can reach", l.next)
	}
	if n := len(l.segments); n == 0 || l.segments[n-1].sealed || l.segments[n-1].end() != l.next {
		tail, err := createSegment(l.disk, l.id, l.next)
		if err != nil {
			return report, err
		}
		l.segments = append(l.segments, tail)
		l.bytes += tail.size
	}
	report.Lost = l.holes(report.Lost)
	return report, nil
}

// candidate is a file that has a segment's name.
type candidate struct {
	name string
	base uint64
	file file
	size int64
	err  error // why its header does not count, or nil
	// other says that the header is whole and speaks of other records than
	// the name does.
	other bool
}

// inspect opens every file with a segment's name, in order, decides which log
// the folder holds, and clears away what an interrupted creation left.
// What it has opened is in found also when there is an error.
func (l *Log) inspect(report *Report) (found []candidate, err error) {
	names, err := l.disk.list()
	if err != nil {
		return found, err
	}
	known := false
	for _, name := range names {
		if strings.HasSuffix(name, suffix+tempSuffix) {
			if err := l.disk.remove(name); err != nil {
				return found, err
			}
			continue
		}
		base, ok := parseName(name)
		if !ok {
			if strings.HasSuffix(name, suffix) {
				if err := l.setAside(name, report); err != nil {
					return found, err
				}
			}
			continue
		}
		c, log := l.candidate(name, base)
		if errors.As(c.err, new(*versionError)) {
			return append(found, c), fmt.Errorf("%s: %w", name, c.err)
		}
		if c.err == nil && known && log != l.id {
			c.err, c.other = errors.New("it belongs to another log"), true
		}
		if c.err == nil && !known {
			l.id, known = log, true
		}
		found = append(found, c)
	}
	if !known {
		rand.Read(l.id[:]) // never fails
	}
	l.seed = l.id.seed()
	return found, nil
}

func (l *Log) candidate(name string, base uint64) (candidate, id) {
	c := candidate{name: name, base: base}
	if c.file, c.err = l.disk.open(name); c.err != nil {
		return c, id{}
	}
	if c.size, c.err = c.file.size(); c.err != nil {
		return c, id{}
	}
	header := make([]byte, min(headerSize, c.size))
	if _, err := c.file.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		c.err = err
		return c, id{}
	}
	log, said, err := parseHeader(header)
	if err == nil && said != base {
		err, c.other = fmt.Errorf("its header says that it begins at %d", said), true
	}
	c.err = err
	return c, log
}

// adopt reads the candidates in order and keeps the records that are intact.
func (l *Log) adopt(found []candidate, report *Report) error {
	for i, c := range found {
		last := i == len(found)-1
		s, why, err := l.read(c, last, report)
		if err != nil {
			return err
		}
		if s != nil {
			for _, earlier := range l.segments {
				earlier.cap(s.base)
			}
			l.segments = append(l.segments, s)
			l.bytes += s.size
			l.next = max(l.next, s.end())
		}
		if why != "" {
			// Only a note: holes knows what is really missing.
			report.Lost = append(report.Lost, Lost{From: c.base, Reason: why})
		}
		if s == nil && last {
			l.next = max(l.next, c.base+room(c.size))
		}
	}
	return nil
}

// room is how many records a file of size bytes can have held.
func room(size int64) uint64 {
	return uint64(max(0, size-headerSize) / (frameSize + 1))
}

// read scans one candidate. It returns no segment where the file holds
// nothing that can be trusted, and a reason where records are missing from it.
func (l *Log) read(c candidate, last bool, report *Report) (*segment, string, error) {
	s := &segment{name: c.name, base: c.base, file: c.file, sealed: !last}
	var trailing bool
	var err error
	if c.file != nil && c.size > headerSize && !c.other {
		trailing, err = s.scan(l.seed, c.size)
	}
	if c.err != nil && len(s.runs) == 0 {
		if c.file != nil {
			c.file.Close()
		}
		return nil, fmt.Sprintf("%s: %v", c.name, c.err), l.setAside(c.name, report)
	}
	s.size = max(s.size, headerSize)
	switch {
	case c.err != nil:
		s.sealed = true
		return s, fmt.Sprintf("%s: %v", c.name, c.err), nil
	case err != nil:
		s.sealed = true
		l.skip(s, c.size)
		return s, fmt.Sprintf("%s: %v", c.name, err), nil
	case last && trailing && c.size-s.size > maxWrite:
		s.sealed = true
		l.skip(s, c.size)
		return s, c.name + ": damaged end", nil
	case last && trailing:
		report.Torn += c.size - s.size
		if err := l.cut(s); err != nil {
			return nil, "", err
		}
	}
	if len(s.runs) > 1 || len(s.runs) == 1 && s.runs[0].first != s.base {
		s.sealed = true
		return s, c.name + ": damaged records", nil
	}
	if trailing {
		return s, c.name + ": damaged end", nil
	}
	return s, "", nil
}

// skip leaves room in the numbers for what may stand, unreadable, behind the
// last intact record: more than one write can have torn.
func (l *Log) skip(s *segment, size int64) {
	l.next = max(l.next, s.end()+room(size-s.size+headerSize))
	s.size = size
}

// cut removes the torn records behind the last intact one.
func (l *Log) cut(s *segment) error {
	if err := s.file.Truncate(s.size); err != nil {
		return fmt.Errorf("cutting the torn end of %s: %w", s.name, err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("cutting the torn end of %s: %w", s.name, err)
	}
	return nil
}

// setAside renames a file so that it is out of the log and still there.
func (l *Log) setAside(name string, report *Report) error {
	if err := l.disk.rename(name, name+corruptSuffix); err != nil {
		return fmt.Errorf("setting %s aside: %w", name, err)
	}
	report.SetAside = append(report.SetAside, name+corruptSuffix)
	return l.disk.sync()
}

// holes lists what is missing between the first and the next number. Each
// hole gets the reason of the note that lies nearest below its end.
func (l *Log) holes(notes []Lost) []Lost {
	var out []Lost
	at := l.first()
	if len(notes) > 0 && notes[0].From < at {
		at = notes[0].From // the oldest files are those that could not be read
	}
	hole := func(from, to uint64) {
		reason := "a segment is missing"
		for _, n := range notes {
			if n.From <= to {
				reason = n.Reason
			}
		}
		out = append(out, Lost{From: from, To: to, Reason: reason})
	}
	for _, r := range l.ranges() {
		if r[0] > at {
			hole(at, r[0]-1)
		}
		at = r[1] + 1
	}
	if at < l.next {
		hole(at, l.next-1)
	}
	return out
}
