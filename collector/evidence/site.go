package evidence

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"iter"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// maxShown bounds the records that a page shows; the CSV beside it has all.
const maxShown = 2000

// Site is what people read of a pack, in a language.
type Site struct {
	Language Language
	Findings []Finding
	Records  []Records
	Pages    iter.Seq[Page] // of single records
	Sample   Sample
	Unfit    []string // what did not fit when the pack was made, a sentence each
	Ledger   LedgerSummary
}

// LedgerSummary is what the first page says of the ledger behind a pack.
type LedgerSummary struct {
	Head    string // SIZE:HASH
	At      slo.Instant
	Key     string // verifier key
	Entries int    // in the pack
	Printed int    // checkpoints that reports print
}

// Page is a record as people read it. Names of facts, titles of tables and
// columns are terms: see Language.Term.
type Page struct {
	Path    string
	Title   string
	Facts   [][2]string // name and value
	Tables  []Table
	Entries []int64 // of the ledger that speak of it, in order
}

// Table is a table of a page.
type Table struct {
	Title   string
	Columns []string
	Rows    [][]string
}

//go:embed pages/*.html pages/style.css
var files embed.FS

var templates = template.Must(template.New("").ParseFS(files, "pages/*.html"))

// view is what a template is given.
type view struct {
	Language
	Root     string // of the pack, from the page: "" or ../
	Title    string
	Manifest *Manifest
	Site     *Site
	Finding  *Finding
	Records  *Records
	Page     *Page
	Counts   []standingCount
}

// Period is what the pack is about.
func (v view) Period() string { return v.Months(v.Manifest.From, v.Manifest.To) }

// Shown are the rows of a set that its page has.
func (v view) Shown() []Row { return v.Records.Rows[:min(len(v.Records.Rows), maxShown)] }

// Yearly is how many records of a need there were in the year, where that is
// what it asks for; 0 of others.
func (v view) Yearly(f Found) int {
	if f.Rhythm != Yearly {
		return 0
	}
	return f.Year
}

// Proven are the entries that speak of the record.
func (v view) Proven() string {
	var out []string
	for _, n := range v.Page.Entries {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return strings.Join(out, ", ")
}

type standingCount struct {
	Standing Standing
	Count    int
}

// Site adds the pages and tables of a pack.
func (w *Writer) Site(s Site) error {
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return fmt.Errorf("writing the pages of the pack: %w", err)
	}
	if err := w.File("style.css", style); err != nil {
		return err
	}
	v := view{Language: s.Language, Title: "ISO/IEC 20000-1:2018", Manifest: &w.manifest, Site: &s, Counts: counts(s.Findings)}
	if err := w.page("index.html", "index.html", v); err != nil {
		return err
	}
	v.Title = s.Language.Text("sample.title")
	if err := w.page(samplePath, "sample.html", v); err != nil {
		return err
	}
	v.Root = "../"
	for i := range s.Findings {
		v.Finding = &s.Findings[i]
		v.Title = v.Finding.Number + " " + v.Finding.Title(s.Language)
		if err := w.page(clausePath(v.Finding.Number), "clause.html", v); err != nil {
			return err
		}
	}
	v.Finding = nil
	for i := range s.Records {
		v.Records = &s.Records[i]
		v.Title = v.Records.Set.Name(s.Language)
		if err := w.records(v); err != nil {
			return err
		}
	}
	v.Records = nil
	return w.single(v)
}

// single adds the pages of single records.
func (w *Writer) single(v view) error {
	for p := range v.Site.Pages {
		v.Page, v.Title, v.Root = &p, p.Title, strings.Repeat("../", strings.Count(p.Path, "/"))
		if err := w.page(p.Path, "record.html", v); err != nil {
			return err
		}
	}
	return nil
}

// records adds a set as a page and as CSV.
func (w *Writer) records(v view) error {
	if err := w.page(recordsPath(v.Records.Set), "records.html", v); err != nil {
		return err
	}
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	if err := c.Write(v.Records.Columns); err != nil {
		return fmt.Errorf("writing the table %s of the pack: %w", v.Records.Set, err)
	}
	for _, r := range v.Records.Rows {
		cells := make([]string, len(r.Cells))
		for i, cell := range r.Cells {
			cells[i] = spreadsheet.Cell(cell)
		}
		if err := c.Write(cells); err != nil {
			return fmt.Errorf("writing the table %s of the pack: %w", v.Records.Set, err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing the table %s of the pack: %w", v.Records.Set, err)
	}
	return w.File(tablePath(v.Records.Set), b.Bytes())
}

func (w *Writer) page(path, name string, v view) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, v); err != nil {
		return fmt.Errorf("writing %s of the pack: %w", path, err)
	}
	return w.File(path, b.Bytes())
}

// samplePath is the page of the sample of incidents.
const samplePath = "sample.html"

func clausePath(number string) string { return "clauses/" + number + ".html" }
func recordsPath(s Set) string        { return "records/" + string(s) + ".html" }
func tablePath(s Set) string          { return "records/" + string(s) + ".csv" }

// Path is the page of the clause, from the root of the pack.
func (f Finding) Path() string { return clausePath(f.Number) }

// Path is the page of the set, from the root of the pack.
func (s Set) Path() string { return recordsPath(s) }

// Table is the CSV of the set, from the root of the pack.
func (s Set) Table() string { return tablePath(s) }

func counts(findings []Finding) []standingCount {
	var out []standingCount
	for _, s := range Standings() {
		n := 0
		for i := range findings {
			if findings[i].Standing == s {
				n++
			}
		}
		out = append(out, standingCount{s, n})
	}
	return out
}
