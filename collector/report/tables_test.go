package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// csvOf is a table as CSV: rows of names of columns and what they hold.
func csvOf(t fatal, r Report, table string) []map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := CSV(&b, r, table); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		out = append(out, row)
	}
	return out
}

// workbookOf is the workbook as a reader of spreadsheets has it.
func workbookOf(t fatal, r Report, l Language) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := XLSX(&b, r, l); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sheetOf is a sheet by the names of the columns of its table, as it is shown
// or as it is kept.
func sheetOf(t fatal, f *excelize.File, of table, raw bool) []map[string]string {
	t.Helper()
	rows, err := f.GetRows(of.title, excelize.Options{RawCellValue: raw})
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[of.columns[i]] = c
		}
		out = append(out, row)
	}
	return out
}

// sameTables holds CSV and XLSX against each other and against the model: one
// value in three notations.
func sameTables(t fatal, r Report, l Language) {
	t.Helper()
	list, err := tablesOf(l.words(), &r)
	if err != nil {
		t.Fatal(err)
	}
	book := workbookOf(t, r, l)
	for _, table := range list {
		written := csvOf(t, r, table.name)
		if len(written) != len(table.rows) {
			t.Fatal(table.name, "has", len(table.rows), "rows, as CSV", len(written))
		}
		if len(table.rows) == 0 {
			continue
		}
		kept, shown := sheetOf(t, book, table, true), sheetOf(t, book, table, false)
		if len(kept) != len(table.rows) {
			t.Fatal(table.name, "has", len(table.rows), "rows, as a sheet", len(kept))
		}
		for y, row := range table.rows {
			for c, v := range row {
				name := table.columns[c]
				sameCell(t, table.name+"."+name, v, written[y][name], kept[y][name], shown[y][name])
			}
		}
	}
	sameAsModel(t, r, list)
}

// sameCell compares what CSV has, what a sheet keeps and what it shows.
func sameCell(t fatal, where string, v datum, written, kept, shown string) {
	t.Helper()
	switch v.kind {
	case textValue:
		if kept != v.label || written == "" && kept != "" {
			t.Fatal(where, "is", written, "in the CSV and", kept, "in the workbook")
		}
		return
	case flagValue:
		if (written == "true") != (kept == "1") {
			t.Fatal(where, "is", written, "in the CSV and", kept, "in the workbook")
		}
		return
	}
	if v.code == "" {
		if written != "" || kept != "" {
			t.Fatal(where, "is not known, but", written, kept)
		}
		return
	}
	number, err := strconv.ParseFloat(kept, 64)
	if err != nil {
		t.Fatal(where, "is no number in the workbook:", kept)
	}
	switch v.kind {
	case percentValue:
		want, _ := strconv.ParseFloat(written, 64)
		if math.Abs(number*100-want) > 0.51*math.Pow(10, -float64(v.digits)) || shown != strconv.FormatFloat(v.number, 'f', v.digits, 64)+"%" {
			t.Fatal(where, "is", written, "% in the CSV and", kept, "shown as", shown, "in the workbook")
		}
	case lengthValue:
		if want, _ := strconv.ParseFloat(written, 64); math.Round(number*86_400_000) != math.Round(want*1000) {
			t.Fatal(where, "is", written, "s in the CSV and", kept, "d in the workbook")
		}
	case numberValue:
		if want, _ := strconv.ParseFloat(written, 64); want != number {
			t.Fatal(where, "is", written, "in the CSV and", kept, "in the workbook")
		}
	case momentValue:
		if day := written[:len("2026-10-06")]; !strings.HasPrefix(shown, day) {
			t.Fatal(where, "is", written, "in the CSV and", shown, "in the workbook")
		}
	}
}

// sameAsModel compares figures of the tables with those of the JSON, whose
// digits are those of every other face.
func sameAsModel(t fatal, r Report, list []table) {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var model Report
	if err := json.Unmarshal(b, &model); err != nil {
		t.Fatal(err)
	}
	same := func(what, got, want string) {
		if got != want {
			t.Fatal(what, "is", got, "in the tables and", want, "in the JSON")
		}
	}
	seconds := func(m Milliseconds) string { return strconv.FormatFloat(float64(m)/1000, 'f', -1, 64) }
	for i, row := range csvOf(t, r, "objectives") {
		o := &model.Objectives[i]
		if o.LongOutages == nil {
			same("a target", row["target_percent"], o.Target)
			same("what was delivered", row["delivered_percent"], numberOf(o.Delivered))
		}
		same("a verdict", row["verdict"], string(o.Verdict))
		same("a coverage", row["coverage_percent"], numberOf(o.Coverage))
		same("down time", row["down_s"], seconds(o.Times.Down))
	}
	for i, row := range csvOf(t, r, "outages") {
		same("the length of an outage", row["length_s"], seconds(model.Outages[i].Length))
	}
	days := model.Days
	for _, s := range model.Services {
		days = append(days, s.Days...)
	}
	for i, row := range csvOf(t, r, "days") {
		same("the down time of a day", row["down_s"], seconds(days[i].Times.Down))
	}
	for i, row := range csvOf(t, r, "services") {
		s := &model.Services[i]
		same("a service", row["agreement"], s.Agreement)
		same("the availability of a service", row["availability_percent"], numberOf(s.Availability))
		same("the down time of a service", row["down_s"], seconds(s.Times.Down))
	}
	for i, row := range csvOf(t, r, "decisions") {
		same("a decision", row["kind"]+" "+row["subject"], string(model.Decisions[i].Kind)+" "+model.Decisions[i].Subject)
	}
	for _, row := range csvOf(t, r, "kpis") {
		if row["name"] == "mtrs_s" && model.KPIs.MTRS != nil {
			same("MTRS", row["value"], seconds(*model.KPIs.MTRS))
		}
	}
	// What a sheet shows is what HTML, text and PDF show.
	for y, row := range list[slices.IndexFunc(list, func(t table) bool { return t.name == "objectives" })].rows {
		v := row[7]
		if f := model.Objectives[y].Delivered; f != nil && v.kind == percentValue {
			same("what is shown as delivered", strconv.FormatFloat(v.number, 'f', v.digits, 64), f.Shown)
		}
	}
}

func numberOf(f *Figure) string {
	if f == nil {
		return ""
	}
	return string(f.Value)
}

func TestSameTables(t *testing.T) {
	for _, l := range Languages() {
		sameTables(t, Build(goldInput(t)), l)
	}
}

// Whatever happened, the tables agree with each other and with the JSON.
func TestSameTablesOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, in, _ := anyInput(t)
		sameTables(t, Build(in), rapid.SampledFrom(Languages()).Draw(t, "language"))
	})
}

func TestTables(t *testing.T) {
	r := Build(goldInput(t))
	for _, l := range Languages() {
		w := l.words()
		list, err := tablesOf(w, &r)
		if err != nil {
			t.Fatal(err)
		}
		titles := map[string]bool{}
		for i, table := range list {
			if table.name != Tables()[i] {
				t.Errorf("table %d is %s and is listed as %s", i, table.name, Tables()[i])
			}
			if titles[table.title] || len(table.title) > 31 || strings.ContainsAny(table.title, `[]:*?/\`) {
				t.Errorf("%s: %q cannot be the name of a sheet", l, table.title)
			}
			titles[table.title] = true
			heads := map[string]bool{}
			for _, c := range table.columns {
				if head, ok := w.texts["column."+c]; !ok || heads[head] {
					t.Errorf("%s: column %s of %s has no title of its own", l, c, table.name)
				} else {
					heads[head] = true
				}
			}
			for _, row := range table.rows {
				if len(row) != len(table.columns) {
					t.Fatalf("%s: a row of %d cells under %d columns", table.name, len(row), len(table.columns))
				}
			}
		}
	}
	for _, name := range Tables() {
		var b bytes.Buffer
		if err := CSV(&b, r, name); err != nil {
			t.Fatal(err)
		}
		if name == "objectives" || name == "outages" || name == "report" {
			golden(t, "gold-2026-10."+name+".csv", b.Bytes())
		}
	}
	if err := CSV(io.Discard, r, "secrets"); err == nil {
		t.Error("a table that is not there was written")
	}
}

// No text is a formula, in CSV or in a workbook.
func TestHostileCells(t *testing.T) {
	for _, evil := range []string{
		"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", "＝1+1", `=HYPERLINK("http://x","y")`, "\x00=1", "&L&D", strings.Repeat("=", 40_000),
	} {
		r := Build(hostileInput(t, evil))
		f := workbookOf(t, r, English)
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for y, row := range rows {
				for x, cell := range row {
					if formula, err := f.GetCellFormula(sheet, at(x, y)); formula != "" || err != nil {
						t.Errorf("%.20q makes the formula %q on %s (%v)", evil, formula, sheet, err)
					}
					if kind, _ := f.GetCellType(sheet, at(x, y)); kind == excelize.CellTypeSharedString && strings.IndexAny(cell, "=+-@\t\r") == 0 {
						t.Errorf("%.20q makes the cell %.40q on %s", evil, cell, sheet)
					}
				}
			}
		}
		for _, name := range Tables() {
			for _, row := range csvOf(t, r, name) {
				for column, cell := range row {
					if strings.IndexAny(cell, "=+-@\t\r") == 0 {
						t.Errorf("%.20q makes %.40q in column %s of %s", evil, cell, column, name)
					}
				}
			}
		}
	}
}

func TestFiguresOfSheetsAreThoseShown(t *testing.T) {
	for _, c := range []struct {
		value, shown string
		want         float64
	}{
		{"99.773652", "99.77", 99.773652}, {"99.775000", "99.77", 99.77}, {"99.775", "99.78", 99.78}, {"100", "100.00", 100}, {"99.999999", "99.9999", 99.9999}, {"99.5", "99.5", 99.5},
	} {
		v := share(&Figure{json.Number(c.value), c.shown})
		if v.number != c.want || v.code != c.value {
			t.Errorf("%s shown as %s is kept as %v and %s", c.value, c.shown, v.number, v.code)
		}
	}
}

func BenchmarkTables(b *testing.B) {
	r := Build(goldInput(b))
	for b.Loop() {
		if err := errors.Join(XLSX(io.Discard, r, English), CSV(io.Discard, r, "objectives")); err != nil {
			b.Fatal(err)
		}
	}
}

// The documentation names each table with its columns.
func TestTablesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	r := Build(goldInput(t))
	list, err := tablesOf(English.words(), &r)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range list {
		line := " | `" + strings.Join(table.columns, "`, `") + "` |\n"
		_, after, found := strings.Cut(string(doc), "\n| `"+table.name+"` | ")
		if row, _, _ := strings.Cut(after, "\n"); !found || !strings.HasSuffix(row+"\n", line) {
			t.Errorf("docs/reports.md lacks the table %s with%s", table.name, line)
		}
	}
}
