package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// revision is a short hash of what a catalogue says: the first 12 digits of
// the SHA-256 of its canonical encoding.
func revision(c *slo.Catalog) string {
	sum := sha256.New()
	canonical(sum, reflect.ValueOf(c).Elem())
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// carried is the type of what is known of a maintenance from catalogues before:
// no part of what a catalogue says.
var carried = reflect.TypeFor[[]slo.Carried]()

// canonical writes v so that equal values give equal bytes and different ones
// different bytes: structs as their names and their fields that are not zero
// (so that a field added later leaves old catalogues' revisions alone), maps
// in order of their keys, a time zone as its name
// and a quantity as its number.
func canonical(w io.Writer, v reflect.Value) {
	if z, ok := v.Interface().(*time.Location); ok {
		fmt.Fprintf(w, "zone%q", z.String())
		return
	}
	if q, ok := v.Interface().(slo.Quantity); ok {
		io.WriteString(w, q.String())
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			io.WriteString(w, "nil")
			return
		}
		canonical(w, v.Elem())
	case reflect.Struct:
		fmt.Fprintf(w, "%s{", v.Type().Name())
		for i := range v.NumField() {
			if t := v.Type().Field(i); !v.Field(i).IsZero() && t.Type != carried {
				fmt.Fprintf(w, "%s:", t.Name)
				canonical(w, v.Field(i))
				io.WriteString(w, ";")
			}
		}
		io.WriteString(w, "}")
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(w, "[%d:", v.Len())
		for i := range v.Len() {
			canonical(w, v.Index(i))
			io.WriteString(w, ",")
		}
		io.WriteString(w, "]")
	case reflect.Map:
		canonicalMap(w, v)
	case reflect.String:
		io.WriteString(w, strconv.Quote(v.String()))
	default:
		fmt.Fprint(w, v.Interface())
	}
}

func canonicalMap(w io.Writer, v reflect.Value) {
	var pairs [][]byte
	for _, k := range v.MapKeys() {
		var b bytes.Buffer
		canonical(&b, k)
		b.WriteByte('=')
		canonical(&b, v.MapIndex(k))
		pairs = append(pairs, b.Bytes())
	}
	slices.SortFunc(pairs, bytes.Compare)
	fmt.Fprintf(w, "map%d{", len(pairs))
	for _, p := range pairs {
		w.Write(p)
		io.WriteString(w, ",")
	}
	io.WriteString(w, "}")
}
