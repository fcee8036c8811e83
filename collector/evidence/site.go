package evidence

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// maxShown bounds the records that a page shows; the CSV beside it has all.
const maxShown = 2000

// Site is what people read of a pack.
type Site struct {
	Findings []Finding
	Records  []Records
	Pages    []Page   // of single records
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

// Page is a record as people read it.
type Page struct {
	Path   string
	Title  string
	Facts  [][2]string // name and value
	Tables []Table
}

// Table is a table of a page.
type Table struct {
	Title   string
	Columns []string
	Rows    [][]string
}

//go:embed pages/*.html pages/style.css
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"until": func(n int) bool { return n > maxShown },
	"shown": func(rows []Row) []Row { return rows[:min(len(rows), maxShown)] },
	"count": func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %s", n, many)
	},
}).ParseFS(files, "pages/*.html"))

// view is what a template is given.
type view struct {
	Root     string // of the pack, from the page: "" or ../
	Title    string
	Manifest *Manifest
	Site     *Site
	Finding  *Finding
	Records  *Records
	Page     *Page
	Counts   []standingCount
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
	v := view{Title: "Evidence", Manifest: &w.manifest, Site: &s, Counts: counts(s.Findings)}
	if err := w.page("index.html", "index.html", v); err != nil {
		return err
	}
	v.Root = "../"
	for i := range s.Findings {
		v.Finding = &s.Findings[i]
		v.Title = v.Finding.Number + " " + v.Finding.Title
		if err := w.page(clausePath(v.Finding.Number), "clause.html", v); err != nil {
			return err
		}
	}
	v.Finding = nil
	for i := range s.Records {
		v.Records = &s.Records[i]
		v.Title = v.Records.Set.Name()
		if err := w.records(v); err != nil {
			return err
		}
	}
	v.Records = nil
	for i := range s.Pages {
		v.Page = &s.Pages[i]
		v.Title, v.Root = v.Page.Title, strings.Repeat("../", strings.Count(v.Page.Path, "/"))
		if err := w.page(v.Page.Path, "record.html", v); err != nil {
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
