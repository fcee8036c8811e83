package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// XLSX writes the report as a workbook with one sheet for each table that has
// rows. Numbers, percentages, lengths and dates are numbers with a format, so
// that one can go on counting with them; dates are on the wall of the
// agreement's zone. Texts are texts: none is a formula. Zones that this machine
// does not know are an error.
func XLSX(w io.Writer, r Report, l Language) error {
	tables, err := tablesOf(l.words(), &r)
	if err != nil {
		return err
	}
	b := &workbook{File: excelize.NewFile(), w: l.words(), r: &r, styles: map[string]int{}}
	defer b.Close()
	for i, t := range tables {
		if len(t.rows) == 0 {
			continue
		}
		if err := b.sheet(i, t); err != nil {
			return fmt.Errorf("writing the report %s as a workbook: sheet %s: %w", FileName(r), t.name, err)
		}
	}
	if err := b.finish(w); err != nil {
		return fmt.Errorf("writing the report %s as a workbook: %w", FileName(r), err)
	}
	return nil
}

// workbook is an XLSX file in the making.
type workbook struct {
	*excelize.File
	w      words
	r      *Report
	styles map[string]int // by number format
}

// sheet writes a table; the first sheet is there already, under a name of its
// own.
func (b *workbook) sheet(i int, t table) error {
	name := t.title
	if i == 0 {
		if err := b.SetSheetName(b.GetSheetName(0), name); err != nil {
			return err
		}
	} else if _, err := b.NewSheet(name); err != nil {
		return err
	}
	widths := make([]int, len(t.columns))
	for c, key := range t.columns {
		title := b.w.t("column." + key)
		widths[c] = columns(title) + 3
		if err := b.SetCellStr(name, at(c, 0), title); err != nil {
			return err
		}
	}
	for y, row := range t.rows {
		for c, v := range row {
			if err := b.cell(name, at(c, y+1), v); err != nil {
				return err
			}
			widths[c] = max(widths[c], shownWidth(v))
		}
	}
	return b.dress(name, t, widths)
}

// at names a cell, from column and row 0.
func at(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column+1, row+1) // fails for numbers below 1 only
	return name
}

// shownWidth is about how wide a cell is shown.
func shownWidth(v datum) int {
	switch v.kind {
	case momentValue:
		return 21
	case textValue:
		return columns(v.label) + 2
	}
	return 12
}

// cell writes a value; one that is not known leaves its cell empty.
func (b *workbook) cell(sheet, cell string, v datum) error {
	if v.code == "" {
		return nil
	}
	switch v.kind {
	case textValue:
		return b.SetCellStr(sheet, cell, v.label)
	case flagValue:
		return b.SetCellBool(sheet, cell, v.number != 0)
	}
	number := v.number
	if v.kind == percentValue {
		number /= 100
	}
	if err := b.SetCellFloat(sheet, cell, number, -1, 64); err != nil {
		return err
	}
	style, err := b.style(format(v))
	if err != nil {
		return err
	}
	return b.SetCellStyle(sheet, cell, cell, style)
}

// format is how a number is shown.
func format(v datum) string {
	switch v.kind {
	case percentValue:
		if v.digits == 0 {
			return "0%"
		}
		return "0." + strings.Repeat("0", v.digits) + "%"
	case lengthValue:
		if strings.Contains(v.code, ".") {
			return "[h]:mm:ss.000"
		}
		return "[h]:mm:ss"
	case momentValue:
		return "yyyy-mm-dd hh:mm:ss"
	case dateValue:
		return "yyyy-mm-dd"
	}
	return "General"
}

func (b *workbook) style(format string) (int, error) {
	if id, ok := b.styles[format]; ok {
		return id, nil
	}
	id, err := b.NewStyle(&excelize.Style{CustomNumFmt: &format})
	b.styles[format] = id
	return id, err
}

const widestColumn = 60 // characters

// dress makes a table of the cells, with filters, a head that stays in sight
// and, on paper, what each page is a page of.
func (b *workbook) dress(name string, t table, widths []int) error {
	for c, width := range widths {
		column, err := excelize.ColumnNumberToName(c + 1)
		if err != nil {
			return err
		}
		if err := b.SetColWidth(name, column, column, float64(min(width, widestColumn))); err != nil {
			return err
		}
	}
	plain := false
	last := at(len(t.columns)-1, len(t.rows))
	if err := b.AddTable(name, &excelize.Table{Range: "A1:" + last, Name: t.name, StyleName: "TableStyleLight1", ShowRowStripes: &plain}); err != nil {
		return err
	}
	if err := b.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return b.paper(name)
}

func (b *workbook) paper(name string) error {
	landscape, a4, one, many, fit := "landscape", 9, 1, 0, true
	if err := b.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &one, FitToHeight: &many}); err != nil {
		return err
	}
	if err := b.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	id := &b.r.Identity
	title := strings.ReplaceAll(clean(b.w.about(id), 80), "&", "&&")
	standing := b.w.list([]string{b.w.period(id.Period), b.w.t(string(id.Standing) + ".short")})
	return b.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: "&L" + title + "&R" + standing, OddFooter: "&L&A&R&P" + b.w.t("page.of") + "&N"})
}

func (b *workbook) finish(w io.Writer) error {
	id := &b.r.Identity
	made := id.MadeAt.Time().UTC().Format(time.RFC3339)
	title := b.w.t("named", b.w.t("headline", b.w.t("report"), b.w.period(id.Period)), clean(b.w.about(id), 80))
	if err := b.SetDocProps(&excelize.DocProperties{Title: title, Creator: b.w.t("product"), LastModifiedBy: b.w.t("product"), Created: made, Modified: made, Language: b.w.t("lang")}); err != nil {
		return err
	}
	b.SetActiveSheet(0)
	return b.Write(w)
}
