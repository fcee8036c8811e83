package web

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/slo"
)

// A service manager reads, comments and releases, and a customer answers the
// survey by keyboard, on a desktop and on a phone.
func TestSendingInBrowser(t *testing.T) {
	ctx := browser(t)
	o, p, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	said := complaints(t, ctx)
	views := func(pages ...page) {
		for _, size := range []struct{ w, h int64 }{{1280, 800}, {360, 740}} {
			for _, scheme := range []string{"light", "dark"} {
				for _, p := range pages {
					look(t, ctx, p, size.w, size.h, scheme)
				}
			}
		}
	}
	views(page{"survey", srv.URL + "/survey/open?score=4", "How satisfied are you"}, page{"survey-late", srv.URL + "/survey/late", "已过期"})
	do(t, ctx, chromedp.Navigate(srv.URL+"/survey/open"), chromedp.WaitVisible(chromedp.CSS("#comment")),
		chromedp.Focus(chromedp.CSS(`input[value="4"]`)), chromedp.SendKeys(chromedp.CSS(`input[value="4"]`), " "),
		chromedp.SendKeys(chromedp.CSS("#comment"), "Well done"), chromedp.Submit(chromedp.CSS("#comment")), chromedp.WaitNotPresent(chromedp.CSS("#comment")))
	if v := p.surveys["open"].Vote; v == nil || v.Score != 4 || v.Comment != "Well done" {
		t.Errorf("the vote is %+v", v)
	}
	views(page{"survey-done", srv.URL + "/survey/open", "answered already"})

	do(t, ctx, chromedp.Navigate(srv.URL+"/reports"), chromedp.WaitVisible(chromedp.CSS("#password")),
		chromedp.SendKeys(chromedp.CSS("#name"), "approver"), chromedp.SendKeys(chromedp.CSS("#password"), "approver"+secretOf),
		chromedp.Submit(chromedp.CSS("#password")), chromedp.WaitVisible(chromedp.CSS(".who button")))
	views(page{"reports", srv.URL + "/reports", "Not delivered"}, page{"sending", srv.URL + "/sendings/s-waiting", "It stands at the top of the report."}, page{"sending-released", srv.URL + "/sendings/s-released", "no such user"},
		page{"reports-first", srv.URL + "/", "1 report waits for release"})
	do(t, ctx, chromedp.Navigate(srv.URL+"/sendings/s-waiting"), chromedp.WaitVisible(chromedp.CSS("#comment")), chromedp.SendKeys(chromedp.CSS("#comment"), "Read"),
		chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitVisible(chromedp.CSS("ol.events li + li")))
	if x := p.sendings[0]; x.State() != slo.SendingReleased || x.Events[1].Comment != "Read" || x.Events[1].Actor != "approver" {
		t.Errorf("released: %+v", x)
	}
	views(page{"reports-zh", srv.URL + "/reports?lang=zh", "未送达"})
	for _, c := range said() {
		t.Error(c)
	}
}
