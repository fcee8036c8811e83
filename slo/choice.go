package slo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Location is a place that agents probe from, with labels to choose it by.
type Location struct {
	Name   string
	Labels map[string]string
}

// Agents says which agents at a location run a probe. The zero value is all
// of them.
type Agents struct {
	Names []string // sorted; empty: any name
	Match Selector // of their labels
	Any   int      // of them at a time in each location; 0: all of them
}

// Takes reports whether an agent is one of them.
func (a Agents) Takes(agent string, labels map[string]string) bool {
	return (len(a.Names) == 0 || slices.Contains(a.Names, agent)) && a.Match.Matches(labels)
}

// Selector chooses things by their labels: each label that it names must be
// there and have one of the values. The zero value chooses everything.
type Selector map[string][]string

// Matches reports whether labels are what the selector asks for.
func (s Selector) Matches(labels map[string]string) bool {
	for name, values := range s {
		if v, ok := labels[name]; !ok || !slices.Contains(values, v) {
			return false
		}
	}
	return true
}

// String writes the selector as text: network=dmz, region=eu|us.
func (s Selector) String() string {
	parts := make([]string, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		parts = append(parts, name+"="+strings.Join(s[name], "|"))
	}
	return strings.Join(parts, ", ")
}

// Bounds of the labels of a location or an agent.
const (
	MaxLabels = 32
	MaxLabel  = 100 // bytes of a name and of a value
)

// CheckLabels says what is wrong with labels: there are too many, or one has a
// name or a value that CheckLabel refuses.
func CheckLabels(labels map[string]string) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("there are %d labels; at most %d are taken", len(labels), MaxLabels)
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if err := errors.Join(CheckLabel(name), CheckLabel(labels[name])); err != nil {
			return err
		}
	}
	return nil
}

// CheckLabel says what is wrong with the name or the value of a label, which is
// 1 to MaxLabel letters, digits, '.', '_' and '-'.
func CheckLabel(s string) error {
	good := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	}
	if s == "" || len(s) > MaxLabel || strings.ContainsFunc(s, func(c rune) bool { return !good(c) }) {
		return fmt.Errorf("the label %q is not 1 to %d letters, digits, '.', '_' and '-'", s[:min(len(s), MaxLabel)], MaxLabel)
	}
	return nil
}
