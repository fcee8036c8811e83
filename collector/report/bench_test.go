package report

import (
	"io"
	"testing"
)

func BenchmarkBuild(b *testing.B) {
	in := goldInput(b)
	for b.Loop() {
		Build(in)
	}
}

func BenchmarkMeasure(b *testing.B) {
	goldInput(b)
	for b.Loop() {
		goldInput(b)
	}
}

func BenchmarkHTML(b *testing.B) {
	r := Build(goldInput(b))
	for b.Loop() {
		if err := HTML(io.Discard, r, English); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	r := Build(goldInput(b))
	for b.Loop() {
		if err := Text(io.Discard, r, English); err != nil {
			b.Fatal(err)
		}
	}
}
