package probe

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// What the browser asks the proxy itself is nothing that a page waits for.
func TestBrowserWaitsForNothingOfItsProxy(t *testing.T) {
	v := &visit{open: map[network.RequestID]string{}}
	for id, u := range map[network.RequestID]string{"1": "http://" + greeting + "/favicon.ico", "2": "http://web.example/never"} {
		v.requested(&network.EventRequestWillBeSent{RequestID: id, Request: &network.Request{URL: u}})
	}
	if len(v.open) != 1 || v.open["2"] == "" {
		t.Errorf("open are %v", v.open)
	}
}
