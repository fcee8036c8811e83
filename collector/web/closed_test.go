package web

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// How a window that is over stands is said in words, in each language.
func TestClosedRow(t *testing.T) {
	entry, a := int64(17), &slo.Agreement{Name: "gold", Zone: time.UTC}
	since := slo.At(time.Date(2026, 11, 1, 6, 5, 0, 0, time.UTC))
	for _, c := range []struct {
		window ClosedWindow
		en, zh string
	}{
		{window: ClosedWindow{}, en: "provisional", zh: "暂定"},
		{window: ClosedWindow{Waiting: []string{"eu-1"}}, en: "provisional: waits for eu-1", zh: "暂定：等待 eu-1"},
		{window: ClosedWindow{Final: true}, en: "final", zh: "最终"},
		{window: ClosedWindow{Final: true, Unsealed: true}, en: "final, not sealed yet", zh: "最终，尚未封存"},
		{window: ClosedWindow{Final: true, Unsealed: true, Behind: since}, en: "final, not sealed: sealing fails or is behind since 2026-11-01 06:05", zh: "最终，未封存：自 2026-11-01 06:05 起封存失败或滞后"},
		{window: ClosedWindow{Final: true, Sealed: &entry, Behind: since}, en: "final, sealed as entry 17 of the ledger", zh: "最终，已封存为账本第 17 条"},
	} {
		c.window.Agreement = a
		for want, w := range map[string]words{c.en: {english, englishTexts()}, c.zh: {chinese, chineseTexts()}} {
			if got := w.closedRow(c.window).Standing; got != want {
				t.Errorf("%+v is %q, want %q", c.window, got, want)
			}
		}
	}
}
