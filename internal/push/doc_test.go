package push

import (
	"bytes"
	"encoding/hex"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// exampleRecords are those of the example in docs/formats/push-protocol.md.
func exampleRecords() []slo.Record {
	return []slo.Record{
		{Measurement: &slo.Measurement{
			Probe: "web", Location: "eu", At: 1790812800000, Outcome: slo.Down, Reason: slo.StatusUnexpected,
			Latency: 12300 * time.Microsecond, Phases: slo.Phases{Connect: 4 * time.Millisecond}, Status: 503, Evidence: "503 Service Unavailable",
		}},
		{Readings: &slo.Readings{Location: "eu", At: 1790812801000, Samples: []slo.Sample{
			{Name: "cpu_usage_idle", Labels: map[string]string{"cpu": "cpu-total"}, Value: 97.5},
		}}},
		{Gap: &slo.Gap{From: 3, To: 9, At: 1790812802000, Reason: slo.GapQueueFull}},
	}
}

func TestExampleOfTheDocument(t *testing.T) {
	want := Batch{Agent: "eu-1", Epoch: "e1"}
	for i, r := range exampleRecords() {
		b, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		want.Records = append(want.Records, BatchRecord{Seq: uint64(40 + i), Record: b})
	}
	made, err := EncodeBatch(want)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/formats/push-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```hex\n(.*?)```").FindAllSubmatch(doc, -1)
	if len(blocks) != 2 {
		t.Fatalf("the document has %d examples, want a batch and a set", len(blocks))
	}
	batch, set := unhex(t, blocks[0][1]), unhex(t, blocks[1][1])
	if !bytes.Equal(batch, made) {
		t.Errorf("in the document: %x\nwritten now:    %x", batch, made)
	}
	got, err := DecodeBatch(batch)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("it reads as %+v, %v", got, err)
	}
	for i, r := range got.Records {
		if rec, err := DecodeRecord(r.Record); err != nil || !reflect.DeepEqual(rec, exampleRecords()[i]) {
			t.Errorf("record %d reads as %+v, %v", i, rec, err)
		}
	}
	var s IntervalSet
	if err := s.UnmarshalBinary(set); err != nil || !reflect.DeepEqual(s, setOf(1, 100, 150, 150)) {
		t.Errorf("the set reads as %v, %v", s.runs, err)
	}
}

// unhex reads hexadecimal digits up to a # on each line.
func unhex(t *testing.T, text []byte) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		code, _, _ := strings.Cut(line, "#")
		for _, f := range strings.Fields(code) {
			digits.WriteString(f)
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}
