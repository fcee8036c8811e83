package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// writeReports writes the report of the last whole month of each agreement with
// a customer, as HTML and PDF.
func (b *building) writeReports(ctx context.Context) error {
	u := b.year.To.Time()
	month := time.Date(u.Year(), u.Month()-1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	dir := filepath.Join(b.Dir, "reports")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	list := services()
	for n, s := range list {
		if s.customer == "" {
			continue
		}
		for _, format := range []string{"html", "pdf"} {
			if err := b.writeReport(ctx, filepath.Join(dir, s.name+"-"+month+"."+format), s.name, month, format); err != nil {
				return fmt.Errorf("the report of %s: %w", s.name, err)
			}
		}
		b.Progress("reports", int64(n+1), int64(len(list)))
	}
	return nil
}

func (b *building) writeReport(ctx context.Context, name, agreement, month, format string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.office.base+"/api/v1/reports/"+url.PathEscape(agreement)+"/"+month+"?format="+format, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.office.tokens["ada"])
	resp, err := b.office.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(name, body, 0o600)
}
