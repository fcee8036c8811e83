package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hourMs is an hour in milliseconds.
const hourMs = 3600_000

// series is what is forecast, and the limit that it may reach.
type series struct {
	name, kind string
	at         []int64 // Unix milliseconds, rising
	value      []float64
	level      []float64 // without noise and bursts, where that is known; else value
	limit      float64
}

// first and last are the hours of the first and of the last reading.
func (s *series) first() int64 { return s.at[0] / hourMs }
func (s *series) last() int64  { return s.at[len(s.at)-1] / hourMs }

// between is the index range of the readings of [from, to), in hours.
func (s *series) between(from, to int64) (i, j int) {
	i, _ = slices.BinarySearch(s.at, from*hourMs)
	j, _ = slices.BinarySearch(s.at, to*hourMs)
	return i, max(i, j)
}

// median is that of the readings of [from, to), in hours; false where there are
// none.
func (s *series) median(from, to int64) (float64, bool) {
	i, j := s.between(from, to)
	if i == j {
		return 0, false
	}
	v := slices.Clone(s.value[i:j])
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2, true
}

// limitOf is the limit to forecast: what a growing series reaches after five
// sixths of it, else a fifth above the highest level.
func (s *series) limitOf(grows bool) float64 {
	level := s.level
	if grows {
		level = level[:len(level)*5/6]
	}
	highest, lowest := slices.Max(level), slices.Min(level)
	if grows {
		return highest
	}
	return highest + 0.2*max(highest-lowest, highest)
}

// reached is the first hour from now on with a level at the limit; false where
// there is none in the series.
func (s *series) reached(now int64) (int64, bool) {
	i, _ := s.between(now, now)
	for ; i < len(s.level); i++ {
		if s.level[i] >= s.limit {
			return s.at[i] / hourMs, true
		}
	}
	return 0, false
}

// breadth is how far apart the fifth and the 95th percentile lie, to compare
// errors of series with.
func (s *series) breadth() float64 {
	v := slices.Clone(s.value)
	slices.Sort(v)
	n := len(v) - 1
	return v[n*95/100] - v[n*5/100]
}

// readFolder reads every CSV file of a folder; the series' kind is its name.
func readFolder(dir string) ([]series, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	var out []series
	for _, f := range files {
		s, err := readFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// readFile reads a CSV file with the columns timestamp (UTC) and value.
func readFile(path string) (series, error) {
	f, err := os.Open(path)
	if err != nil {
		return series{}, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return series{}, fmt.Errorf("reading %s: %w", path, err)
	}
	name := strings.TrimSuffix(filepath.Base(path), ".csv")
	s := series{name: name, kind: name}
	type row struct {
		at    int64
		value float64
	}
	var all []row
	for _, r := range rows[min(1, len(rows)):] {
		t, errT := time.Parse(time.DateTime, strings.TrimSuffix(r[0], ".000000"))
		v, errV := strconv.ParseFloat(r[1], 64)
		if err := cmp.Or(errT, errV); err != nil {
			return series{}, fmt.Errorf("reading %s: %w", path, err)
		}
		all = append(all, row{t.UnixMilli(), v})
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	for _, r := range all {
		s.at, s.value = append(s.at, r.at), append(s.value, r.value)
	}
	if len(s.at) == 0 {
		return series{}, fmt.Errorf("reading %s: there are no rows", path)
	}
	s.level = s.value
	s.limit = s.limitOf(false)
	return s, nil
}
