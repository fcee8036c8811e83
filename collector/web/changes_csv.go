package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// maxChangeRows bounds the changes of one import.
const maxChangeRows = 2000

// changeColumns are those that a file of changes may have, in the order in
// which they are written.
var changeColumns = []string{"key", "kind", "services", "from", "to", "summary", "description", "by", "link", "major", "maintenance"}

// recordColumns are written beside them, and not read: what the collector knows
// of a change, so that what one wrote can be told another.
var recordColumns = []string{"id", "recorded_at", "recorded_by", "during_freeze", "withdrawn", "verdict"}

// readChanges reads changes as comma-separated values (RFC 4180) in UTF-8 with
// the names of their columns in the first line. Its error names the line.
func readChanges(r io.Reader) ([]slo.ChangeRecord, error) {
	in := csv.NewReader(r)
	head, err := in.Read()
	if err != nil {
		return nil, csvProblem(1, "there is no line with the names of the columns", err)
	}
	if len(head) > 0 {
		head[0] = strings.TrimPrefix(head[0], "\ufeff") // as spreadsheets begin a file
	}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(changeColumns, name) && !slices.Contains(recordColumns, name) || slices.Contains(head[:i], name) {
			return nil, csvProblem(1, fmt.Sprintf("column %.40q is unknown or there twice; there are %s", name, strings.Join(changeColumns, ", ")), nil)
		}
		head[i] = name
	}
	var out []slo.ChangeRecord
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, csvProblem(0, "", err)
		}
		line, _ := in.FieldPos(0)
		if len(out) == maxChangeRows {
			return nil, csvProblem(line, fmt.Sprintf("more than %d changes; import them in parts", maxChangeRows), nil)
		}
		row := map[string]string{}
		for i, name := range head {
			row[name] = strings.TrimSpace(spreadsheet.Text(cells[i]))
		}
		c, err := changeOfRow(row)
		if err != nil {
			return nil, csvProblem(line, err.Error(), nil)
		}
		out = append(out, c)
	}
}

// csvProblem says what is wrong with a line.
func csvProblem(line int, what string, err error) error {
	var tooLarge *http.MaxBytesError
	var parse *csv.ParseError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case errors.As(err, &parse):
		line, what = parse.Line, parse.Err.Error()
	case what == "":
		what = "it cannot be read"
	}
	return badRequest(fmt.Sprintf("line %d: %s", line, clean(what, 300)))
}

// changeOfRow is a change by its cells, which may be empty.
func changeOfRow(row map[string]string) (slo.ChangeRecord, error) {
	in := changeIn{
		Key: row["key"], Kind: row["kind"], Summary: row["summary"], Description: row["description"], By: row["by"], Link: row["link"],
		Services: strings.FieldsFunc(row["services"], func(r rune) bool { return r == ',' || r == ';' || r == ' ' }),
	}
	for name, into := range map[string]**slo.Instant{"from": &in.From, "to": &in.To} {
		if row[name] == "" {
			continue
		}
		i, err := slo.ParseInstant(row[name])
		if err != nil {
			return slo.ChangeRecord{}, fmt.Errorf("%s: %.40q is no instant such as 2026-10-01T00:00:00Z", name, row[name])
		}
		*into = &i
	}
	if in.From == nil {
		return slo.ChangeRecord{}, errors.New("from: it is missing; what is imported says when it was")
	}
	for name, into := range map[string]*bool{"major": &in.Major, "maintenance": &in.Maintenance} {
		switch strings.ToLower(row[name]) {
		case "", "false", "no", "0":
		case "true", "yes", "1":
			*into = true
		default:
			return slo.ChangeRecord{}, fmt.Errorf("%s: %.40q is not true or false", name, row[name])
		}
	}
	return in.record(slo.ChangeByCSV), nil
}

// importedJSON is what became of an import.
type importedJSON struct {
	At       slo.Instant    `json:"at"`
	Recorded int            `json:"recorded"` // that were new
	Known    int            `json:"known"`    // that were there
	Refused  []refusedJSON  `json:"refused"`
	Changes  []importedLine `json:"changes"`
}

type importedLine struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Fresh bool   `json:"fresh"`
}

type refusedJSON struct {
	Row     int    `json:"row"` // from 1, the line of names not counted
	Code    string `json:"code"`
	Message string `json:"message"`
}

// importChanges keeps the changes of a file. A file that cannot be read changes
// nothing; a change that is refused keeps none of the others away.
func (s *site) importChanges(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	list, err := readChanges(v.r.Body)
	if err != nil {
		return s.settleChange(v, err)
	}
	out := importedJSON{At: v.at, Refused: []refusedJSON{}, Changes: []importedLine{}}
	for i, told := range list {
		c, fresh, err := s.tellChange(v, told)
		r, expected := asRefusal(err)
		switch {
		case err != nil && !expected:
			return err
		case err != nil:
			out.Refused = append(out.Refused, refusedJSON{i + 1, r.code, r.message})
			continue
		case fresh:
			out.Recorded++
		default:
			out.Known++
		}
		out.Changes = append(out.Changes, importedLine{c.ID, c.Key, fresh})
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

// writeChanges writes changes as readChanges reads them, with ID and state
// beside.
func writeChanges(w io.Writer, list []slo.ChangeRecord) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{slices.Concat(changeColumns, recordColumns)}
	yes := func(b bool) string { return map[bool]string{true: "true", false: "false"}[b] }
	for i := range list {
		c := &list[i]
		row := []string{c.Key, string(c.Kind), strings.Join(c.Services, ";"), c.From.String(), c.To.String(), c.Summary, c.Description, c.By, c.Link,
			yes(c.Major), yes(c.Maintenance), c.ID, c.RecordedAt.String(), c.RecordedBy, yes(len(c.Freezes) > 0), yes(c.Withdrawn()), string(c.Verdict())}
		for n := range row {
			row[n] = spreadsheet.Cell(row[n])
		}
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}
