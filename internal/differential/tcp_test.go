package differential

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// speak is a server's side of a conversation: it sends the lines that begin
// with "> ", and waits for lines that begin as those behind "< " do. It
// reports whether all of them came.
func speak(c conn, lines ...string) bool {
	in := bufio.NewReader(c)
	for _, line := range lines {
		if text, sends := strings.CutPrefix(line, "> "); sends {
			_, _ = io.WriteString(c, text+"\r\n")
			continue
		}
		if got, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(got, line[2:]) {
			return false
		}
	}
	return true
}

// talks is a server that speaks, and then waits for the other side to go.
func talks(lines ...string) func(*testing.T) string {
	return does(func(c conn) {
		if speak(c, lines...) {
			probetest.Hold(c)
		}
	})
}

// greets is a server that sends a text as it is, and then waits.
func greets(text string) func(*testing.T) string {
	return does(func(c conn) { _, _ = io.WriteString(c, text); probetest.Hold(c) })
}

// tcpServers are asked about by the exporter's tcp prober.
func tcpServers() []contest {
	args := func(more ...string) []string { return append([]string{"ADDRESS"}, more...) }
	expect := func(re string) string { return `query_response: [{expect: "` + re + `"}]` }
	return []contest{
		{server: "accepts, then silence", serve: does(probetest.Hold), args: args()},
		{server: "closes at once", serve: does(func(conn) {}), args: args()},
		{server: "nobody listens", serve: closed, args: args(), reason: slo.ConnectRefused},
		{server: "banner that matches", serve: greets("220 mail ready\r\n"), module: expect("^220 "), args: args("--expect", "^220 ")},
		{server: "banner that does not match", serve: greets("421 busy\r\n"), module: expect("^220 "), args: args("--expect", "^220 "), reason: slo.BannerMismatch, vain: true},
		{server: "banner that is never sent", serve: does(probetest.Hold), module: expect("^220 "), args: args("--expect", "^220 "), reason: slo.FirstByteTimeout, vain: true},
		{server: "banner expected, and closed at once", serve: does(func(conn) {}), module: expect("^220 "), args: args("--expect", "^220 "), reason: slo.TransferBroken},
		{server: "banner in the second line", serve: greets("welcome\r\n220 ready\r\n"), module: expect("220 ready"), args: args("--expect", "220 ready")},
		{server: "banner in the second line, with an anchor", serve: greets("welcome\r\n220 ready\r\n"), module: expect("^220 "), args: args("--expect", "^220 "), reason: slo.BannerMismatch, vain: true},
		{server: "banner without a line's end", serve: greets("ready"), module: expect("ready"), args: args("--expect", "ready"), vain: true},
		{server: "one line without end", serve: does(endless), module: expect("b"), args: args("--expect", "b"), reason: slo.BannerMismatch},
		{server: "question and answer", serve: talks("< PING", "> PONG"), module: `query_response: [{send: "PING\r"}, {expect: "^PONG"}]`, args: args("--step", `send PING\r\n`, "--step", "expect ^PONG")},
		{server: "question and another answer", serve: talks("< PING", "> WRONG"), module: `query_response: [{send: "PING\r"}, {expect: "^PONG"}]`, args: args("--step", `send PING\r\n`, "--step", "expect ^PONG"), reason: slo.BannerMismatch, vain: true},
		{server: "what was captured is sent", serve: talks("> 220 mx1 ready", "< EHLO mx1", "> 250 fine"), module: `query_response: [{expect: "^220 ([a-z0-9]+)", send: "EHLO ${1}\r"}, {expect: "^250"}]`, args: args("--step", `expect ^220 ([a-z0-9]+) .*\r\n`, "--step", `send EHLO ${1}\r\n`, "--step", "expect ^250")},
	}
}

func endless(c conn) {
	for {
		if _, err := io.WriteString(c, strings.Repeat("a", 1000)); err != nil {
			return
		}
	}
}
