// Package spreadsheet keeps texts of others from being run by the program that
// opens a table: a cell that begins like a formula is one to it.
package spreadsheet

import "strings"

// signs begin what a spreadsheet takes for a formula, in half and full width.
const signs = "=+-@\t\r\n＝＋－＠"

// Cell is a text as a table has it: one that a spreadsheet would take for a
// formula gets an apostrophe before it. So does one that looks as if it had been
// given one, so that Text gives back every text.
func Cell(text string) string {
	if formula(text) {
		return "'" + text
	}
	return text
}

// Text is what Cell was given.
func Text(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && formula(rest) {
		return rest
	}
	return cell
}

// formula reports whether a text is a formula, behind however many apostrophes.
func formula(text string) bool {
	return strings.IndexAny(strings.TrimLeft(text, "'"), signs) == 0
}
