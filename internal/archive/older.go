package archive

import (
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// schemaWithoutSeats is the version before measurements had a seat and a slot.
// Its files are read as long as days are kept; a merge writes their rows anew.
const schemaWithoutSeats = "1"

// withoutSeats is the schema of that version.
func withoutSeats() *parquet.Schema {
	fields := slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[row]()), func(f reflect.StructField) bool {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		return name == columnNames[colSeat] || name == columnNames[colSlot]
	})
	return parquet.NewSchema("entry", parquet.SchemaOf(reflect.Zero(reflect.StructOf(fields)).Interface()))
}

// widened is a row of that version as one of now: the two columns are null, and
// those behind them have moved.
func widened(r parquet.Row) parquet.Row {
	const added = colSlot - colSeat + 1
	if len(r) < colSeat {
		return r // checkRow says what is wrong
	}
	r = slices.Insert(r, colSeat, parquet.NullValue().Level(0, 0, colSeat), parquet.NullValue().Level(0, 0, colSlot))
	for i := colSeat + added; i < len(r); i++ {
		v := r[i]
		r[i] = v.Level(v.RepetitionLevel(), v.DefinitionLevel(), v.Column()+added)
	}
	return r
}
