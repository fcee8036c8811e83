package archive

import (
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// older is a version of the schema from before some columns were added. Its
// files are read as long as days are kept; a merge writes their rows anew.
type older struct {
	version string
	lacks   []int // columns of now, in order
}

// olderSchema is the version of that name, if it is one from before.
func olderSchema(version string) (older, bool) {
	requests := []int{colRequestsFrom, colRequestsTo, colRequestsGood, colRequestsTotal}
	for _, o := range []older{
		{"1", append([]int{colSeat, colSlot}, requests...)}, // measurements had no seat and no slot
		{"2", requests}, // measurements counted no requests
	} {
		if o.version == version {
			return o, true
		}
	}
	return older{}, false
}

// schema is the schema of that version.
func (o older) schema() *parquet.Schema {
	fields := slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[row]()), func(f reflect.StructField) bool {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		return slices.ContainsFunc(o.lacks, func(col int) bool { return columnNames[col] == name })
	})
	return parquet.NewSchema("entry", parquet.SchemaOf(reflect.Zero(reflect.StructOf(fields)).Interface()))
}

// widened is a row of that version as one of now: the columns that it lacks are
// null, and those behind them have moved.
func (o older) widened(r parquet.Row) parquet.Row {
	if len(r) < o.lacks[0] {
		return r // checkRow says what is wrong
	}
	out := make(parquet.Row, 0, len(r)+len(o.lacks))
	lacks := o.lacks
	for _, v := range r {
		for len(lacks) > 0 && v.Column()+len(o.lacks)-len(lacks) >= lacks[0] {
			out = append(out, parquet.NullValue().Level(0, 0, lacks[0]))
			lacks = lacks[1:]
		}
		out = append(out, v.Level(v.RepetitionLevel(), v.DefinitionLevel(), v.Column()+len(o.lacks)-len(lacks)))
	}
	return out
}
