package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
)

//go:embed templates/report.html
var files embed.FS

// Inline is a picture of a mail, which its HTML shows by "cid:" and ContentID.
type Inline struct {
	ContentID string // of the form name@domain, without angle brackets
	PNG       []byte
}

// HTML writes the report as one file that needs nothing else: its pictures are
// inside. Zones that this machine does not know are an error.
func HTML(w io.Writer, r Report, l Language) error {
	html, pictures, err := Mail(r, l)
	if err != nil {
		return err
	}
	for _, p := range pictures {
		data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(p.PNG)
		html = bytes.ReplaceAll(html, []byte("cid:"+p.ContentID), []byte(data))
	}
	if _, err := w.Write(html); err != nil {
		return fmt.Errorf("writing the report %s: %w", FileName(r), err)
	}
	return nil
}

// maxHTML bounds the HTML part of a mail: above 102 KB mail programs cut it.
const maxHTML = 100_000

// Mail returns the report as the HTML part of a mail with the pictures that go
// with it: mail programs show attached pictures, and no others. The HTML has
// 100,000 bytes at most: where the report has more to say, it lists less.
func Mail(r Report, l Language) ([]byte, []Inline, error) {
	p, html, err := layOut(&r, l.words(), Links{})
	if err != nil {
		return nil, nil, err
	}
	pictures, err := p.draw()
	return html, pictures, err
}

// layOut is the page of a report, with as much in it as there is room for.
func layOut(r *Report, w words, links Links) (*page, []byte, error) {
	t, err := template.New("report.html").Funcs(template.FuncMap{"css": css, "source": source}).ParseFS(files, "templates/report.html")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the template of reports: %w", err)
	}
	for l := fullLimits(); ; l = l.half() {
		p, err := newPage(w, r, l)
		if err != nil {
			return nil, nil, err
		}
		p.Links = links
		html, err := p.html(t)
		if err != nil || len(html) <= maxHTML || l == l.half() {
			return p, html, err
		}
	}
}

func (p *page) html(t *template.Template) ([]byte, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("showing the report %s: %w", FileName(*p.r), err)
	}
	return b.Bytes(), nil
}

// draw makes the charts.
func (p *page) draw() ([]Inline, error) {
	c := newChart(p.w)
	var out []Inline
	if l := p.Letterhead; l != nil && l.Width > 0 {
		out = append(out, Inline{l.id, p.r.Identity.Letterhead.Logo})
	}
	for _, place := range p.Trend.Charts {
		b, err := c.png(&p.r.Objectives[place.Objective])
		if err != nil {
			return nil, err
		}
		out = append(out, Inline{place.contentID, b})
	}
	return out, nil
}

// contentID names a picture: another one in every report.
func contentID(r *Report, picture string) string {
	id := &r.Identity
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", id.Scope.key(), id.Period.Label, id.Edition, id.MadeAt))
	return picture + "-" + hex.EncodeToString(sum[:12]) + "@assay"
}

// source lets the address of a picture stand in a src attribute, where the
// template package knows no scheme but http, https and mailto.
func source(s string) template.URL { return template.URL(s) }

// css is a named inline style. Mail programs drop style sheets, so every
// element carries its own.
func css(name string) (template.CSS, error) {
	s, ok := styles()[name]
	if !ok {
		s, ok = stripStyles()[name]
	}
	if !ok {
		return "", fmt.Errorf("there is no style %q", name)
	}
	return template.CSS(s), nil
}

const (
	fontStack  = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
	figures    = "font-variant-numeric:tabular-nums;"
	cellBorder = "border-top:1px solid #d9dde1;"
)

// styles are the inline styles. The colours are those of the web page and hold
// a contrast of 4.5 to white.
func styles() map[string]string {
	return map[string]string{
		"body":    "margin:0;padding:0;background:#ffffff;color:#1b1f23;" + fontStack + "font-size:14px;line-height:1.4;-webkit-text-size-adjust:100%;",
		"outer":   "width:100%;max-width:712px;margin:0 auto;border-collapse:collapse;" + fontStack + "font-size:14px;line-height:1.4;color:#1b1f23;",
		"frame":   "padding:16px 14px 24px;text-align:left;",
		"table":   "width:100%;border-collapse:collapse;font-size:14px;line-height:1.4;color:#1b1f23;" + figures,
		"small":   "width:100%;border-collapse:collapse;font-size:13px;line-height:1.35;color:#1b1f23;" + figures,
		"kind":    "margin:0 0 2px;font-size:13px;color:#5b646d;",
		"h1":      "margin:0;font-size:22px;line-height:1.2;font-weight:600;overflow-wrap:anywhere;",
		"about":   "margin:4px 0 0;font-size:13px;color:#5b646d;overflow-wrap:anywhere;",
		"banner":  "margin:12px 0 0;padding:7px 10px;border:1px solid #8d959d;border-left:4px solid #6b4fa0;font-size:13px;",
		"remark":  "margin:12px 0 0;padding:2px 10px;border-left:4px solid #5d87b8;overflow-wrap:anywhere;",
		"live":    "margin:10px 0 0;font-size:13px;",
		"link":    "color:#2b5c8a;",
		"ask":     "margin:20px 0 0;padding:12px 14px 14px;border:1px solid #d9dde1;",
		"scores":  "border-collapse:separate;border-spacing:0;margin:8px 0 0;",
		"score":   "padding:0 8px 0 0;",
		"answer":  "display:block;width:40px;padding:9px 0;border:1px solid #2b5c8a;text-align:center;font-size:16px;font-weight:600;line-height:1.2;color:#2b5c8a;text-decoration:none;",
		"h2":      "margin:24px 0 6px;font-size:15px;line-height:1.3;font-weight:600;",
		"h3":      "margin:14px 0 2px;font-size:14px;font-weight:600;overflow-wrap:anywhere;",
		"p":       "margin:0 0 6px;overflow-wrap:anywhere;",
		"dim":     "color:#5b646d;",
		"note":    "color:#5b646d;font-size:12px;overflow-wrap:anywhere;",
		"legend":  "margin:6px 0 0;color:#5b646d;font-size:12px;",
		"facts":   "width:100%;table-layout:fixed;border-collapse:collapse;margin:14px 0 0;border-top:2px solid #1b1f23;border-bottom:1px solid #d9dde1;" + figures,
		"fact":    "padding:7px 8px 8px 0;vertical-align:top;text-align:left;",
		"label":   "font-size:12px;color:#5b646d;",
		"value":   "font-size:18px;line-height:1.25;font-weight:600;",
		"bad":     "font-size:18px;line-height:1.25;font-weight:600;color:#a83c00;",
		"th":      "padding:4px 8px 4px 0;text-align:left;vertical-align:bottom;font-size:12px;font-weight:normal;color:#5b646d;",
		"thr":     "padding:4px 8px 4px 0;text-align:right;vertical-align:bottom;font-size:12px;font-weight:normal;color:#5b646d;",
		"td":      cellBorder + "padding:5px 8px 5px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere;",
		"tdv":     cellBorder + "padding:5px 0 5px 10px;text-align:left;vertical-align:top;",
		"thv":     "padding:4px 0 4px 10px;text-align:left;vertical-align:bottom;font-size:12px;font-weight:normal;color:#5b646d;",
		"tdr":     cellBorder + "padding:5px 8px 5px 0;text-align:right;vertical-align:top;",
		"name":    "font-weight:600;",
		"key":     cellBorder + "padding:4px 10px 4px 0;text-align:left;vertical-align:top;width:112px;font-weight:normal;color:#5b646d;",
		"when":    cellBorder + "padding:5px 10px 5px 0;text-align:left;vertical-align:top;width:132px;font-weight:normal;",
		"plain":   "padding:3px 10px 3px 0;text-align:left;vertical-align:top;font-weight:normal;",
		"met":     "color:#136349;",
		"missed":  "color:#a83c00;font-weight:600;",
		"open":    "color:#4a5259;",
		"code":    "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12px;color:#3a4147;overflow-wrap:anywhere;word-break:break-word;",
		"list":    "margin:0 0 4px;padding:0 0 0 18px;",
		"item":    "margin:0 0 3px;overflow-wrap:anywhere;",
		"month":   "width:100%;table-layout:fixed;border-collapse:separate;border-spacing:3px;font-size:12px;line-height:1.25;" + figures,
		"weekday": "padding:2px 4px;text-align:left;font-weight:normal;color:#5b646d;",
		"none":    "padding:0;",
		"up":      "padding:3px 4px;height:32px;border:1px solid #b9c4cb;vertical-align:top;background:#eef5f2;",
		"down":    "padding:3px 4px;height:32px;border:1px solid #a83c00;vertical-align:top;background:#fbe3d6;overflow-wrap:anywhere;",
		"unknown": "padding:3px 4px;height:32px;border:1px dashed #727b84;vertical-align:top;background:#e7e9eb;overflow-wrap:anywhere;",
		"closed":  "padding:3px 4px;height:32px;border:1px solid #d9dde1;vertical-align:top;color:#5b646d;overflow-wrap:anywhere;",
		"ahead":   "padding:3px 4px;height:32px;border:1px dotted #d9dde1;vertical-align:top;color:#8d959d;",
		"bar":     "width:180px;border-collapse:collapse;margin:3px 0 2px;border:1px solid #5b646d;",
		"used":    "padding:0;height:8px;line-height:8px;font-size:1px;background:#5d87b8;",
		"over":    "padding:0;height:8px;line-height:8px;font-size:1px;background:#a83c00;",
		"left":    "padding:0;height:8px;line-height:8px;font-size:1px;background:#ffffff;",
		"img":     "display:block;width:100%;max-width:680px;height:auto;border:0;",
		"foot":    "margin:22px 0 0;padding-top:6px;border-top:1px solid #d9dde1;font-size:12px;color:#5b646d;",
	}
}
