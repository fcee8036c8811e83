package influx

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/assay-sla/assay/slo"
)

// Bounds of one line.
const (
	maxLine   = 64 << 10 // bytes
	maxTags   = 64
	maxFields = 1000
	maxName   = 200  // bytes of a series or label name
	maxValue  = 4096 // bytes of a tag's value
)

// point is one line as samples of one instant.
type point struct {
	labels  []labels.Label // of the tags, without the name
	samples []sample
	time    []byte // as written; nil where there is none
}

type sample struct {
	name  string
	value float64
}

// parse reads a line. Nothing of p is of use where there is an error.
func (p *point) parse(text []byte) error {
	p.labels, p.samples, p.time = p.labels[:0], p.samples[:0], nil
	if len(text) > maxLine {
		return fmt.Errorf("it has %d bytes, more than %d", len(text), maxLine)
	}
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	d := lineprotocol.NewDecoderWithBytes(text)
	if !d.Next() {
		return errors.New("there is nothing in it")
	}
	measurement, err := d.Measurement()
	if err != nil {
		return syntax(err)
	}
	name := string(measurement)
	if err := p.tags(d); err != nil {
		return err
	}
	if err := p.fields(d, name); err != nil {
		return err
	}
	if p.time, err = d.TimeBytes(); err != nil {
		return syntax(err)
	}
	if d.Next() {
		return errors.New("something follows it")
	}
	return nil
}

// syntax is an error of the decoder without its line, which is always 1.
func syntax(err error) error {
	var d *lineprotocol.DecodeError
	if errors.As(err, &d) {
		return fmt.Errorf("byte %d: %w", d.Column, d.Err)
	}
	return err
}

// tags reads the tags as labels. Two tags that become one label are refused,
// since their series could not be told apart.
func (p *point) tags(d *lineprotocol.Decoder) error {
	for {
		key, value, err := d.NextTag()
		if err != nil {
			return syntax(err)
		}
		if key == nil {
			return nil
		}
		l := labels.Label{Name: slo.LabelName(string(key)), Value: string(value)}
		switch {
		case l.Name == "" || len(l.Name) > maxName:
			return fmt.Errorf("a tag's name has 1 to %d bytes", maxName)
		case strings.HasPrefix(l.Name, model.ReservedLabelPrefix):
			return fmt.Errorf("the tag %q begins with %s", l.Name, model.ReservedLabelPrefix)
		case len(l.Value) > maxValue:
			return fmt.Errorf("the value of the tag %q has more than %d bytes", l.Name, maxValue)
		case len(p.labels) == maxTags:
			return fmt.Errorf("it has more than %d tags", maxTags)
		}
		for _, other := range p.labels {
			if other.Name == l.Name {
				return fmt.Errorf("two tags become the label %q", l.Name)
			}
		}
		if l.Value != "" {
			p.labels = append(p.labels, l)
		}
	}
}

// fields reads the fields that are numbers; texts are passed over.
func (p *point) fields(d *lineprotocol.Decoder, measurement string) error {
	for n := 0; ; n++ {
		key, value, err := d.NextField()
		if err != nil {
			return syntax(err)
		}
		if key == nil {
			return nil
		}
		if n == maxFields {
			return fmt.Errorf("it has more than %d fields", maxFields)
		}
		v, ok := number(value)
		if !ok {
			continue
		}
		s := sample{slo.SeriesName(measurement, string(key)), v}
		if len(s.name) > maxName {
			return fmt.Errorf("the series %.50q... has a name of more than %d bytes", s.name, maxName)
		}
		p.samples = append(p.samples, s)
	}
}

// number is a field's value: true is 1, false 0, and a text is no number.
func number(v lineprotocol.Value) (f float64, ok bool) {
	switch v.Kind() {
	case lineprotocol.Float:
		return v.FloatV(), true
	case lineprotocol.Int:
		return float64(v.IntV()), true
	case lineprotocol.Uint:
		return float64(v.UintV()), true
	case lineprotocol.Bool:
		if v.BoolV() {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}
