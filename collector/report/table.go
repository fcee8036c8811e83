package report

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// table is a part of a report in rows and columns: what CSV and XLSX both
// write, so that they cannot differ.
type table struct {
	name    string   // stable, such as outages
	title   string   // in the language
	columns []string // stable names, with the unit; their titles are texts
	rows    [][]datum
}

// kind is what a value is.
type kind int

const (
	textValue kind = iota
	numberValue
	percentValue // 99.77 is 99.77 %
	lengthValue  // seconds
	momentValue
	dateValue
	flagValue
)

// datum is what a cell holds.
type datum struct {
	kind   kind
	code   string  // in no language, for machines; "" where nothing is known
	label  string  // of a text, in the language
	number float64 // of what is no text: days of a length, a moment and a date
	digits int     // behind the point, that a percentage is shown with
}

// A text from outside is one printable line, and no formula.
func said(s string) datum {
	s = spreadsheet.Cell(clean(s, maxCell))
	return datum{code: s, label: s}
}

// maxCell bounds a text in a cell, in characters.
const maxCell = 2000

// coded is a word that has a text in each language.
func coded(code, label string) datum { return datum{code: code, label: label} }

func counted(n int64) datum {
	return datum{kind: numberValue, code: strconv.FormatInt(n, 10), number: float64(n)}
}

func flagged(b bool) datum {
	v := datum{kind: flagValue, code: strconv.FormatBool(b)}
	if b {
		v.number = 1
	}
	return v
}

// share is a percentage to the digits that are shown; none where it is not
// known.
func share(f *Figure) datum {
	if f == nil {
		return datum{}
	}
	v := decimalOf(percentValue, string(f.Value))
	v.digits = behindPoint(f.Shown)
	if !f.roundsToShown() {
		v.number = decimalOf(percentValue, f.Shown).number
	}
	return v
}

// roundsToShown reports whether everybody who rounds the value to the digits
// that are shown gets what is shown. It is not so where the value was rounded
// up to a half before, and where it is one, which not all round alike.
func (f *Figure) roundsToShown() bool {
	n, err := f.Value.Float64()
	_, fraction, _ := strings.Cut(string(f.Value), ".")
	digits := behindPoint(f.Shown)
	half := digits < len(fraction) && strings.TrimRight(fraction[digits:], "0") == "5"
	return err == nil && !half && strconv.FormatFloat(n, 'f', digits, 64) == f.Shown
}

// decimalOf is a decimal number of the model; what is none stays a text.
func decimalOf(k kind, s string) datum {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return said(s)
	}
	return datum{kind: k, code: s, number: n, digits: behindPoint(s)}
}

func behindPoint(s string) int {
	_, fraction, _ := strings.Cut(s, ".")
	return len(fraction)
}

const dayLength = Milliseconds(24 * time.Hour / time.Millisecond)

func lasting(m Milliseconds) datum {
	seconds := json.Number(strconv.FormatFloat(float64(m)/1000, 'f', -1, 64))
	return datum{kind: lengthValue, code: string(seconds), number: float64(m) / float64(dayLength)}
}

func lastingOr(m *Milliseconds) datum {
	if m == nil {
		return datum{}
	}
	return lasting(*m)
}

// daysOf counts the days of a clock on the wall since 30 December 1899, as
// spreadsheets do.
func daysOf(wall slo.Instant) float64 {
	epoch := slo.At(time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC))
	return float64(wall-epoch) / float64(dayLength)
}

// on is a moment on the wall of a zone; its code has the offset.
func on(i slo.Instant, zone *time.Location) datum {
	return datum{kind: momentValue, code: i.In(zone).Format("2006-01-02T15:04:05.999-07:00"), number: daysOf(wallOf(i, zone))}
}

func onOr(i *slo.Instant, zone *time.Location) datum {
	if i == nil {
		return datum{}
	}
	return on(*i, zone)
}

// dated is a day such as 2026-10-31.
func dated(s string) datum {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return said(s)
	}
	return datum{kind: dateValue, code: s, number: daysOf(slo.At(t))}
}
