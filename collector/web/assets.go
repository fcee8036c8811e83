package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

//go:embed templates
var templateFiles embed.FS

// assets are the embedded files that pages link to, under names that hold a
// hash of their content, so that they may be cached for good.
type assets struct {
	named map[string]string // app.css -> app.0123456789ab.css
	files map[string]asset  // by the hashed name
}

type asset struct {
	kind string
	body []byte
}

func newAssets() (*assets, error) {
	a := &assets{named: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("reading the static files: %w", err)
	}
	for _, e := range entries {
		body, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the static files: %w", err)
		}
		ext := path.Ext(e.Name())
		sum := sha256.Sum256(body)
		name := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.named[e.Name()] = name
		a.files[name] = asset{kindOf(ext), body}
	}
	return a, nil
}

// kindOf does not ask the system's table, which may say anything.
func kindOf(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// path is the address of an asset.
func (a *assets) path(name string) (string, error) {
	hashed, ok := a.named[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return "/static/" + hashed, nil
}

func (s *site) static(v *visit) error {
	f, ok := s.assets.files[v.r.PathValue("file")]
	if !ok {
		return refuse(http.StatusNotFound, "not_found", "there is no such file")
	}
	h := v.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	v.w.Write(f.body) // whoever asked may be gone
	return nil
}
