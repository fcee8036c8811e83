package wal

import "fmt"

// Truncate removes the segments all of whose records are below before. The
// tail stays, so that the numbers go on.
func (l *Log) Truncate(before uint64) error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.isClosed() {
		return ErrClosed
	}
	n := 0
	for n < len(l.segments)-1 && l.segments[n].end() <= before {
		n++
	}
	return l.removeOldest(n)
}

// Oldest returns the numbers of the first and the last record of the oldest
// segment: what DropOldest would remove. It returns 0, 0 where the log is
// empty.
func (l *Log) Oldest() (from, to uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		if len(s.runs) > 0 {
			return s.runs[0].first, s.end() - 1
		}
	}
	return 0, 0
}

// DropOldest removes the oldest segment that holds records and returns the
// numbers of the first and the last of them, or 0, 0 where the log is empty.
// Where that is the tail, a new one is begun first, which needs a little room
// on the disk.
func (l *Log) DropOldest() (from, to uint64, err error) {
	l.write.Lock()
	defer l.write.Unlock()
	if l.isClosed() {
		return 0, 0, ErrClosed
	}
	n := 0
	for n < len(l.segments) && len(l.segments[n].runs) == 0 {
		n++
	}
	if n == len(l.segments) {
		return 0, 0, nil
	}
	from, to = l.segments[n].runs[0].first, l.segments[n].end()-1
	if n == len(l.segments)-1 {
		if _, err := l.rotate(); err != nil {
			return 0, 0, fmt.Errorf("dropping the oldest segment in %s: %w", l.dir, err)
		}
	}
	if err := l.removeOldest(n + 1); err != nil {
		return 0, 0, err
	}
	return from, to, nil
}

// Tail returns the numbers of the first and the last record of the segment
// that is written to, or 0, 0 where that is empty.
func (l *Log) Tail() (first, last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[len(l.segments)-1]; len(s.runs) > 0 {
		return s.runs[0].first, s.end() - 1
	}
	return 0, 0
}

// Rotate begins a new segment where the last one holds records, so that those
// can be dropped without what comes next.
func (l *Log) Rotate() error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.isClosed() {
		return ErrClosed
	}
	if len(l.segments[len(l.segments)-1].runs) == 0 {
		return nil
	}
	if _, err := l.rotate(); err != nil {
		return fmt.Errorf("beginning a segment in %s: %w", l.dir, err)
	}
	return nil
}

func (l *Log) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// removeOldest removes the first n segments, oldest first, so that a crash
// between leaves no hole. l.write is held.
func (l *Log) removeOldest(n int) error {
	for range n {
		s := l.segments[0]
		if err := l.disk.remove(s.name); err != nil {
			return fmt.Errorf("removing segment %s in %s: %w", s.name, l.dir, err)
		}
		l.mu.Lock()
		l.segments = l.segments[1:]
		l.bytes -= s.size
		l.mu.Unlock()
		s.file.Close()
	}
	if n == 0 {
		return nil
	}
	if err := l.disk.sync(); err != nil {
		return fmt.Errorf("removing segments in %s: %w", l.dir, err)
	}
	return nil
}
