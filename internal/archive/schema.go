package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// row declares the columns of a Parquet file, in order; docs/formats/archive.md
// says what each means. Values are written and read column by column, never
// through this struct. The columns by which rows are ordered are required, so
// that their statistics prune; a column that a kind of entry does not have is
// null.
type row struct {
	Kind       string `parquet:"kind,dict"`
	Probe      string `parquet:"probe,dict"`
	Location   string `parquet:"location,dict"`
	Agent      string `parquet:"agent,dict"`
	At         int64  `parquet:"at,timestamp(millisecond),delta"`
	Epoch      string `parquet:"epoch,dict"`
	Seq        uint64 `parquet:"seq,delta"`
	Pos        uint64 `parquet:"pos,delta"`
	Received   int64  `parquet:"received,timestamp(millisecond),delta"`
	Quarantine bool   `parquet:"quarantined"`
	Outcome    string `parquet:"outcome,optional,dict"`
	Reason     string `parquet:"reason,optional,dict"`
	Latency    int64  `parquet:"latency_us,optional,delta"`
	Resolve    int64  `parquet:"resolve_us,optional,delta"`
	Connect    int64  `parquet:"connect_us,optional,delta"`
	TLS        int64  `parquet:"tls_us,optional,delta"`
	FirstByte  int64  `parquet:"first_byte_us,optional,delta"`
	Transfer   int64  `parquet:"transfer_us,optional,delta"`
	Status     int64  `parquet:"status,optional,delta"`
	CertExpiry int64  `parquet:"cert_expiry,optional,timestamp(millisecond),delta"`
	Evidence   string `parquet:"evidence,optional"`
	Revision   string `parquet:"revision,optional,dict"`
	Offset     int64  `parquet:"offset_us,optional,delta"`
	Seat       string `parquet:"seat,optional,dict"`
	Slot       int64  `parquet:"slot,optional,timestamp(millisecond),delta"`
	// Counts of requests are in thousandths.
	RequestsFrom  int64 `parquet:"requests_from,optional,timestamp(millisecond),delta"`
	RequestsTo    int64 `parquet:"requests_to,optional,timestamp(millisecond),delta"`
	RequestsGood  int64 `parquet:"requests_good_milli,optional,delta"`
	RequestsTotal int64 `parquet:"requests_total_milli,optional,delta"`

	GapFrom uint64   `parquet:"gap_from,optional,delta"`
	GapTo   uint64   `parquet:"gap_to,optional,delta"`
	Samples []sample `parquet:"samples,optional,list"`
}

type sample struct {
	Name   string            `parquet:"name,dict"`
	Labels map[string]string `parquet:"labels" parquet-key:",dict" parquet-value:",dict"`
	Value  float64           `parquet:"value"`
}

// The leaf columns in the order of row.
const (
	colKind = iota
	colProbe
	colLocation
	colAgent
	colAt
	colEpoch
	colSeq
	colPos
	colReceived
	colQuarantined
	colOutcome
	colReason
	colLatency
	colResolve
	colConnect
	colTLS
	colFirstByte
	colTransfer
	colStatus
	colCertExpiry
	colEvidence
	colRevision
	colOffset
	colSeat
	colSlot
	colRequestsFrom
	colRequestsTo
	colRequestsGood
	colRequestsTotal
	colGapFrom
	colGapTo
	colSampleName
	colLabelKey
	colLabelValue
	colSampleValue
	columns // how many there are

	flatColumns = colSampleName // the first of them have at most one value a row
)

// order is the order of rows in every file.
var order = [...]int{colKind, colProbe, colLocation, colAgent, colAt, colEpoch, colSeq, colPos}

var columnNames = [columns]string{
	"kind", "probe", "location", "agent", "at", "epoch", "seq", "pos", "received", "quarantined",
	"outcome", "reason", "latency_us", "resolve_us", "connect_us", "tls_us", "first_byte_us",
	"transfer_us", "status", "cert_expiry", "evidence", "revision", "offset_us", "seat", "slot",
	"requests_from", "requests_to", "requests_good_milli", "requests_total_milli", "gap_from", "gap_to",
	"name", "key", "value", "value",
}

// The kinds as the kind column has them; their order is the order of rows.
const (
	kindGap         = "gap"
	kindMeasurement = "measurement"
	kindReadings    = "readings"
)

// schemaVersion is in every file's metadata under schemaKey.
const (
	schemaKey     = "assay.archive.schema"
	schemaVersion = "3"
)

func newSchema() *parquet.Schema { return parquet.NewSchema("entry", parquet.SchemaOf(row{})) }

// Sizes of what is written. A page is what a reader decodes at least, a row
// group what a writer holds in memory.
const (
	pageBytes       = 64 << 10
	groupRows       = 128 << 10
	groupBytes      = 64 << 20
	indexValueBytes = 256 // longer than any name, so that names are never cut in the statistics
)

// newParquetWriter returns a writer of rows as parquet has them.
//
//lint:ignore SA1019 the generic writer wants Go values, which would be made for it alone
func newParquetWriter(w io.Writer, codec *zstd.Codec) *parquet.Writer {
	sorting := make([]parquet.SortingColumn, 0, len(order))
	for _, c := range order {
		sorting = append(sorting, parquet.Ascending(columnNames[c]))
	}
	return parquet.NewWriter(w, newSchema(),
		parquet.CreatedBy("assay", schemaVersion, "archive"),
		parquet.KeyValueMetadata(schemaKey, schemaVersion),
		parquet.Compression(codec),
		parquet.PageBufferSize(pageBytes),
		parquet.ColumnIndexSizeLimit(func([]string) int { return indexValueBytes }),
		parquet.SkipPageBounds("evidence"),
		parquet.SkipPageBounds("samples", "list", "element", "value"),
		parquet.SortingWriterConfig(parquet.SortingColumns(sorting...)),
	)
}

// checkSchema refuses a file whose columns are not ours. It returns what makes
// rows of now from those of the file.
func checkSchema(f *parquet.File) (widen func(parquet.Row) parquet.Row, err error) {
	want := newSchema()
	switch v, _ := f.Lookup(schemaKey); v {
	case schemaVersion:
		widen = func(r parquet.Row) parquet.Row { return r }
	default:
		o, known := olderSchema(v)
		if !known {
			return nil, fmt.Errorf("schema version is %q, not one of 1 to %s", v, schemaVersion)
		}
		widen, want = o.widened, o.schema()
	}
	if !parquet.EqualNodes(f.Schema(), want) {
		return nil, errors.New("columns are not those of its schema version")
	}
	return widen, nil
}
