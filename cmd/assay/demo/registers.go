package demo

import (
	"context"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// values are those of an item's fields.
type values map[string]string

// chapter is what becomes of an item at an instant.
type chapter struct {
	at          slo.Instant
	who         string
	state, text string // "" leaves the state, and says nothing
	values      values
}

// item is one of a register, from the chapter that makes it.
type item struct {
	register, id string
	chapters     []chapter
}

// registers are all items that people keep. What lies outside of the year is
// left out.
func (y *year) registers() []act {
	var out []act
	for _, list := range [][]item{y.parties(), y.complaints(), y.risks(), y.ideas(), y.audits(), y.reviews(), y.decisions()} {
		for _, i := range list {
			if y.has(i.chapters[0].at) {
				out = append(out, i.acts()...)
			}
		}
	}
	return out
}

// acts make the item and change it.
func (i item) acts() []act {
	version := 0
	var out []act
	for _, c := range i.chapters {
		out = append(out, act{c.at, c.who, func(ctx context.Context, o *office) (err error) {
			version, err = o.keepItem(ctx, i.register, i.id, version, c)
			return err
		}})
	}
	return out
}

// keepItem makes an item, or changes it from a version on, and returns its new
// version.
func (o *office) keepItem(ctx context.Context, register, id string, version int, c chapter) (int, error) {
	path, body := "/api/v1/registers/"+register, map[string]any{"state": c.state, "text": c.text, "values": c.values}
	if c.values == nil {
		body["values"] = values{}
	}
	if version == 0 {
		body["id"] = id
	} else {
		path += "/items/" + id
		body["version"] = version
	}
	var got struct {
		Version int `json:"version"`
	}
	err := o.call(ctx, http.MethodPost, path, body, &got)
	return got.Version, err
}
