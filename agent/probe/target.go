package probe

import (
	"fmt"
	"net"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ParseTarget makes a spec from what a person types after "assay-agent probe
// KIND", with every option at its default: a URL for http (https:// is assumed
// where it has no scheme), one for websocket (wss://), host:port for grpc, tcp, udp, ssh, smtp and imap, host[:443] for tls,
// name[@server[:53]] for dns, and a host for icmp.
func ParseTarget(kind, target string) (slo.Spec, error) {
	if target == "" {
		return nil, fmt.Errorf("%s: no target", kind)
	}
	switch kind {
	case "http":
		if !strings.Contains(target, "://") {
			target = "https://" + target
		}
		return &slo.HTTP{URL: target}, nil
	case "websocket":
		if !strings.Contains(target, "://") {
			target = "wss://" + target
		}
		return &slo.WebSocket{URL: target}, nil
	case "grpc":
		return &slo.GRPC{Address: target}, nil
	case "tcp":
		return &slo.TCP{Address: target}, nil
	case "udp":
		return &slo.UDP{Address: target}, nil
	case "tls":
		if _, _, err := net.SplitHostPort(target); err != nil {
			target = net.JoinHostPort(strings.Trim(target, "[]"), "443")
		}
		return &slo.TLS{Address: target}, nil
	case "dns":
		name, server, _ := strings.Cut(target, "@")
		return &slo.DNS{Name: name, Server: server}, nil
	case "ssh":
		return &slo.SSH{Address: target}, nil
	case "smtp":
		return &slo.SMTP{Address: target}, nil
	case "imap":
		return &slo.IMAP{Address: target}, nil
	case "icmp":
		return &slo.ICMP{Host: target}, nil
	}
	return nil, fmt.Errorf("no kind %q: one of %s", kind, strings.Join(slo.Kinds(), ", "))
}
