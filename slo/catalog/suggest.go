package catalog

import (
	"fmt"
	"strings"
)

// suggester finds what somebody meant. Its budget bounds the work that one
// load spends on being helpful.
type suggester struct{ budget int }

const suggestBudget = 1_000_000 // comparisons

// hint is `did you mean "x"?` for the nearest of the known words, or "" where
// none is near.
func (s *suggester) hint(word string, known []string) string {
	return didYouMean(s.nearest(word, known))
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", word)
}

// nearest returns the known word that is the fewest edits away from word, the
// first of several; "" where none is within a third of its length.
func (s *suggester) nearest(word string, known []string) string {
	const longest = 64
	if len(word) > longest || s.budget < len(known) {
		return ""
	}
	s.budget -= len(known)
	word = strings.ToLower(word)
	best, limit := "", max(1, len(word)/3)+1
	for _, k := range known {
		if diff := len(k) - len(word); diff >= limit || -diff >= limit {
			continue
		}
		if d := distance(word, strings.ToLower(k)); d < limit {
			best, limit = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours each count one.
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
