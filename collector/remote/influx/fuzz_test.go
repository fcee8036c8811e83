package influx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/slo"
)

// FuzzBatch: no body makes a batch panic, or append what Prometheus's data
// model does not hold, or take a line and refuse it in silence.
func FuzzBatch(f *testing.F) {
	sample, err := os.ReadFile(filepath.Join("testdata", "telegraf.lp"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		string(sample), "", "\n", "cpu x=1", "cpu,a=b x=1i,y=t 1\n", "cpu x=\"a\nb\" 1\r\nmem y=1u", `cpu x="open`, "cpu\\ x,a\\==b\\, x=1",
		"#\n # x\n\tcpu x=1", "cpu x=1 9223372036854775807", "cpu,__name__=a x=1", "probe success=1", "cpu,a=\xff x=1", "prometheus 1=1",
	} {
		f.Add([]byte(s), int64(time.Second))
		f.Add([]byte(s), int64(time.Nanosecond))
	}
	f.Fuzz(func(t *testing.T, body []byte, unit int64) {
		if !slices.Contains([]time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour}, time.Duration(unit)) {
			unit = int64(time.Millisecond)
		}
		app := &checking{t: t}
		b := batch{app: app, unit: time.Duration(unit), now: 1_800_000_000_000}
		if err := b.add(body); err != nil && !errors.Is(err, remote.ErrTooMuch) {
			t.Fatal(err)
		}
		if b.faults.lines > b.lines {
			t.Errorf("%d of %d lines refused", b.faults.lines, b.lines)
		}
		last := bytes.Count(body, []byte{'\n'}) + 1
		if b.faults.lines > 0 && (b.faults.first < 1 || b.faults.last > last) {
			t.Errorf("lines %d to %d of %d refused", b.faults.first, b.faults.last, last)
		}
		if text := b.faults.refusal(b.lines).Message; !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			t.Errorf("the answer is %q", text)
		}
	})
}

// checking is a transaction that looks at what it is given.
type checking struct {
	storage.Appender
	t *testing.T
}

func (c *checking) Append(_ storage.SeriesRef, l labels.Labels, at int64, _ float64) (storage.SeriesRef, error) {
	name := l.Get(model.MetricNameLabel)
	if !model.LegacyValidation.IsValidMetricName(name) {
		c.t.Errorf("the metric's name is %q", name)
	}
	before := ""
	l.Range(func(l labels.Label) {
		if !model.LegacyValidation.IsValidLabelName(l.Name) || !utf8.ValidString(l.Value) || l.Value == "" || l.Name <= before {
			c.t.Errorf("the label %q is %q, after %q", l.Name, l.Value, before)
		}
		before = l.Name
	})
	if now := slo.Instant(1_800_000_000_000); slo.Instant(at) > now.Add(maxAhead) || slo.Instant(at) < now.Add(-maxPast) {
		c.t.Errorf("the instant is %d", at)
	}
	return 0, nil
}

// FuzzLines: cutting a body into entries and decoding each gives what the
// library makes of the whole, where nothing is wrong with it.
func FuzzLines(f *testing.F) {
	for _, s := range []string{
		"a x=1\nb y=2\n", "a x=\"1\n2\",y=\"\\\"\\\\\" 3\n#c\n\n b,d=\"e x=1", "a\\ b,c\\ d=e\\ f g=\"h i=\\\"j\"\r\nk l=1", "a,b=c\\\\ d=1", "a x=1\\\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, err := decoded(body)
		if err != nil {
			return // then the library skips a line, which may be another one
		}
		var got []string
		for l := range lines(body) {
			if before := body[:bytes.Index(body, l.text)]; bytes.Count(before, []byte{'\n'})+1 > l.number {
				t.Errorf("line %d is told as %d", bytes.Count(before, []byte{'\n'})+1, l.number)
			}
			one, err := decoded(l.text)
			if err != nil {
				t.Errorf("%q: %v", l.text, err)
			}
			got = append(got, one...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-whole +cut):\n%s", diff)
		}
	})
}

// decoded is what the library makes of a body.
func decoded(body []byte) (entries []string, err error) {
	d := lineprotocol.NewDecoderWithBytes(body)
	for d.Next() {
		var b strings.Builder
		m, err := d.Measurement()
		if err != nil {
			return nil, err
		}
		b.Write(m)
		for {
			key, value, err := d.NextTag()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			b.WriteString(" tag " + string(key) + " " + string(value))
		}
		for {
			key, value, err := d.NextField()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			b.WriteString(" field " + string(key) + " " + value.String())
		}
		at, err := d.TimeBytes()
		if err != nil {
			return nil, err
		}
		entries = append(entries, b.String()+" at "+string(at))
	}
	return entries, nil
}
