package report

import (
	"errors"
	"io"
	"runtime"
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

func BenchmarkPDF(b *testing.B) {
	r := Build(goldInput(b))
	for _, l := range Languages() {
		b.Run(string(l), func(b *testing.B) {
			for b.Loop() {
				if err := PDF(io.Discard, r, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The report of a provider with 500 agreements, combined from theirs, as HTML
// and PDF. ms is of one such report, MB the memory that the process had from the
// system.
func BenchmarkWholeSystem(b *testing.B) {
	in := goldInput(b)
	one := Build(in)
	var list []Report
	for range 500 {
		list = append(list, one)
	}
	var memory runtime.MemStats
	for b.Loop() {
		r := Combine(Scope{Kind: WholeScope}, in.Period, in.Agreement.Zone, in.At, list)
		if err := errors.Join(HTML(io.Discard, r, English), PDF(io.Discard, r, English)); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&memory)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms")
	b.ReportMetric(float64(memory.Sys)/1e6, "MB")
	b.ReportMetric(0, "ns/op")
}

// A provider's month: 500 services, each as HTML and as PDF, in English and in
// Chinese by turns. s/500 is what all of them take, told from a tenth of them;
// MB is the memory that the process had from the system.
func BenchmarkFiveHundred(b *testing.B) {
	r := Build(goldInput(b))
	const reports = 50
	var memory runtime.MemStats
	for b.Loop() {
		for i := range reports {
			l := Languages()[i%2]
			if err := errors.Join(HTML(io.Discard, r, l), PDF(io.Discard, r, l)); err != nil {
				b.Fatal(err)
			}
		}
		runtime.ReadMemStats(&memory)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*500/reports, "s/500")
	b.ReportMetric(float64(memory.Sys)/1e6, "MB")
	b.ReportMetric(0, "ns/op")
}
