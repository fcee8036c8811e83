package probe

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

// dnsTest asks one question and judges the answer.
type dnsTest struct {
	name     string // absolute
	qtype    uint16
	server   *host // nil: the agent's first resolver
	port     uint16
	how      string       // udp, tcp, tls or https
	path     string       // of https
	judge    *judge       // of tls and https
	rcodes   map[int]bool // nil: NOERROR with at least one answer
	wanted   string       // the accepted rcodes as written
	sections [3][]*regexp.Regexp
	local    bool   // without recursion
	serial   uint32 // the least of the SOA record; 0 is any
	question string // for evidence
}

// The sections of a message that records are matched in.
const (
	inAnswer = iota
	inAuthority
	inAdditional
)

var sectionNames = [3]string{"an answer", "an authority record", "an additional record"}

func newDNS(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.DNS)
	if !ok {
		return nil, fmt.Errorf("dns: spec is a %T", spec)
	}
	t := &dnsTest{wanted: "NOERROR"}
	if err := t.ask(s); err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}
	if err := t.reach(s, env); err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}
	if err := t.expect(s); err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}
	return t.run, nil
}

// dnsPorts are the transports with their usual ports.
var dnsPorts = map[string]string{"udp": "53", "tcp": "53", "tls": "853", "https": "443"}

// reach prepares the way to the server.
func (t *dnsTest) reach(s *slo.DNS, env *Env) error {
	t.how, t.path = cmp.Or(s.Transport, "udp"), cmp.Or(s.Path, "/dns-query")
	port, ok := dnsPorts[t.how]
	if !ok {
		return fmt.Errorf("transport %q is not udp, tcp, tls or https", s.Transport)
	}
	if !strings.HasPrefix(t.path, "/") {
		return fmt.Errorf("path %q does not begin with a slash", t.path)
	}
	if s.Server != "" {
		h, port, err := newHostPort(s.Server, "", port)
		if err != nil {
			return fmt.Errorf("server: %w", err)
		}
		t.server, t.port = &h, port
	}
	if t.how == "udp" || t.how == "tcp" {
		return nil
	}
	if t.server == nil {
		return fmt.Errorf("transport %s needs a server", t.how)
	}
	var err error
	if t.judge, err = newJudge(s.TLS, *t.server, env); err == nil {
		t.judge.config.NextProtos = map[string][]string{"tls": {"dot"}, "https": {"h2", "http/1.1"}}[t.how]
	}
	return err
}

// ask prepares the question.
func (t *dnsTest) ask(s *slo.DNS) error {
	name, err := asciiName(s.Name)
	if err != nil {
		return err
	}
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return fmt.Errorf("%q is not a domain name", s.Name)
	}
	t.name, t.qtype = dns.Fqdn(name), dns.TypeA
	if s.Type != "" {
		if t.qtype, _ = dns.StringToType[strings.ToUpper(s.Type)]; t.qtype == 0 {
			return fmt.Errorf("%q is not a record type", s.Type)
		}
	}
	switch t.qtype {
	case dns.TypeAXFR, dns.TypeIXFR:
		return errors.New("zone transfers are not probed")
	}
	t.question = strings.TrimSuffix(t.name, ".") + " " + dns.TypeToString[t.qtype]
	return nil
}

// expect prepares the assertions.
func (t *dnsTest) expect(s *slo.DNS) error {
	if len(s.Rcode) > 0 {
		t.rcodes, t.wanted = map[int]bool{}, strings.ToUpper(strings.Join(s.Rcode, ", "))
		for _, name := range s.Rcode {
			code, ok := dns.StringToRcode[strings.ToUpper(name)]
			if !ok {
				return fmt.Errorf("%q is not an rcode", name)
			}
			t.rcodes[code] = true
		}
	}
	for n, patterns := range [3][]string{inAnswer: s.Answers, inAuthority: s.Authority, inAdditional: s.Additional} {
		for _, p := range patterns {
			re, err := regexp.Compile(p)
			if err != nil {
				return fmt.Errorf("%s: %w", sectionNames[n], err)
			}
			t.sections[n] = append(t.sections[n], re)
		}
	}
	t.local = s.NoRecursion
	if s.MinSerial < 0 || s.MinSerial > math.MaxUint32 || s.MinSerial > 0 && t.qtype != dns.TypeSOA {
		return fmt.Errorf("minSerial %d is not of a question for SOA", s.MinSerial)
	}
	t.serial = uint32(s.MinSerial)
	return nil
}

func (t *dnsTest) run(r *run) error {
	if t.server != nil {
		return t.query(r, *t.server, t.port)
	}
	if answers := t.fromHosts(r); answers != nil {
		r.trace.add("hosts", "%s", strings.Join(answers, ", "))
		return t.decide(r, "the hosts file", dns.RcodeSuccess, [3][]string{inAnswer: answers})
	}
	server, port, err := t.firstResolver(r)
	if err != nil {
		return unknownf(slo.AgentResolver, "finding the agent's resolver: %v", err)
	}
	err = t.query(r, server, port)
	if f := (*failure)(nil); errors.As(err, &f) && f.outcome == slo.Down && !judged(f.reason) {
		f.outcome, f.reason = slo.Unknown, slo.AgentResolver
		f.text = "the agent's resolver: " + f.text
	}
	return err
}

// judged tells an answer that was not the expected one from none.
func judged(reason slo.Reason) bool {
	return reason == slo.RcodeUnexpected || reason == slo.AnswerMismatch
}

// fromHosts answers a question for addresses from the hosts file, as the
// system's resolver does before it asks anybody; nil where the file has not
// got the name.
func (t *dnsTest) fromHosts(r *run) []string {
	network := map[uint16]string{dns.TypeA: "ip4", dns.TypeAAAA: "ip6"}[t.qtype]
	if network == "" || t.local || len(t.sections[inAuthority])+len(t.sections[inAdditional]) > 0 {
		return nil
	}
	ctx, cancel := r.timed()
	defer cancel()
	start := time.Now()
	addrs, err := r.env.hosts.LookupNetIP(ctx, network, strings.TrimSuffix(t.name, "."))
	if err != nil || len(addrs) == 0 {
		return nil
	}
	r.m.Phases.Resolve += time.Since(start)
	answers := make([]string, len(addrs))
	for i, a := range addrs {
		answers[i] = t.name + " 0 IN " + dns.TypeToString[t.qtype] + " " + a.Unmap().String()
	}
	return answers
}

// firstResolver is the first name server of the agent's resolv.conf, read
// anew as it changes with the network.
func (t *dnsTest) firstResolver(r *run) (host, uint16, error) {
	c, err := dns.ClientConfigFromFile(r.env.resolvConf)
	if err != nil {
		return host{}, 0, err
	}
	if len(c.Servers) == 0 {
		return host{}, 0, fmt.Errorf("%s names no server", r.env.resolvConf)
	}
	addr, err := netip.ParseAddr(c.Servers[0])
	if err != nil {
		return host{}, 0, fmt.Errorf("%s: %w", r.env.resolvConf, err)
	}
	return newHostPort(netip.AddrPortFrom(addr, 53).String(), "", "")
}

// query asks a server and judges its answer.
func (t *dnsTest) query(r *run, server host, port uint16) error {
	answer, err := t.exchange(r, server, port)
	if err != nil {
		return err
	}
	if r.trace != nil {
		for line := range strings.Lines(answer.String()) {
			if line = strings.TrimSpace(line); line != "" {
				r.trace.add("message", "%s", line)
			}
		}
	}
	var texts [3][]string
	for n, records := range [3][]dns.RR{inAnswer: answer.Answer, inAuthority: answer.Ns, inAdditional: answer.Extra} {
		for _, rr := range records {
			if rr.Header().Rrtype != dns.TypeOPT {
				texts[n] = append(texts[n], strings.ReplaceAll(rr.String(), "\t", " "))
			}
		}
	}
	if err := t.decide(r, r.peer.String(), answer.Rcode, texts); err != nil {
		return err
	}
	if name := t.circle(answer); name != "" {
		return downf(slo.AnswerMismatch, "the aliases of %s from %s lead round in a circle, to %s again: %s", t.question, r.peer, name, listed(texts[inAnswer]))
	}
	return t.fresh(r, answer)
}

// circle follows the aliases of an answer from the name that was asked for,
// and returns the one that comes twice; "" where none does. Who asks for the
// aliases themselves is told them, whatever they are.
func (t *dnsTest) circle(answer *dns.Msg) string {
	if t.qtype == dns.TypeCNAME || t.qtype == dns.TypeANY {
		return ""
	}
	to := map[string]string{}
	for _, rr := range answer.Answer {
		if alias, ok := rr.(*dns.CNAME); ok {
			to[dns.CanonicalName(alias.Hdr.Name)] = dns.CanonicalName(alias.Target)
		}
	}
	seen := map[string]bool{}
	for name := dns.CanonicalName(t.name); name != ""; name = to[name] {
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

// fresh judges the serial of the SOA record (RFC 1982: serials go round).
func (t *dnsTest) fresh(r *run, answer *dns.Msg) error {
	if t.serial == 0 {
		return nil
	}
	for _, rr := range answer.Answer {
		if soa, ok := rr.(*dns.SOA); ok {
			if int32(soa.Serial-t.serial) < 0 {
				return downf(slo.AnswerMismatch, "expected a serial of at least %d for %s, got %d from %s", t.serial, t.question, soa.Serial, r.peer)
			}
			return nil
		}
	}
	return downf(slo.AnswerMismatch, "expected an SOA record for %s, got %s from %s", t.question, listed(nil), r.peer)
}

// decide judges an rcode and the records' texts, by section.
func (t *dnsTest) decide(r *run, from string, rcode int, records [3][]string) error {
	r.m.Status = rcode
	got := dns.RcodeToString[rcode]
	if got == "" {
		got = fmt.Sprintf("RCODE%d", rcode)
	}
	switch {
	case t.rcodes == nil && rcode != dns.RcodeSuccess, t.rcodes != nil && !t.rcodes[rcode]:
		return downf(slo.RcodeUnexpected, "expected rcode %s for %s, got %s from %s", t.wanted, t.question, got, from)
	case t.rcodes == nil && len(records[inAnswer]) == 0 && len(t.sections[inAuthority])+len(t.sections[inAdditional]) == 0:
		return downf(slo.AnswerMismatch, "expected an answer for %s, got %s without one from %s", t.question, got, from)
	}
	for n, patterns := range t.sections {
		for _, re := range patterns {
			if !answered(re, records[n]) {
				return downf(slo.AnswerMismatch, "expected %s for %s to match %s, got %s from %s", sectionNames[n], t.question, re, listed(records[n]), from)
			}
		}
	}
	return nil
}

// answered reports whether an expression matches one answer: its whole text,
// "example.org. 300 IN A 192.0.2.1", or its data alone, "192.0.2.1".
func answered(re *regexp.Regexp, answers []string) bool {
	for _, a := range answers {
		if re.MatchString(a) {
			return true
		}
		if parts := strings.SplitN(a, " ", 5); len(parts) == 5 && re.MatchString(parts[4]) {
			return true
		}
	}
	return false
}

// listed is some of the answers, for evidence.
func listed(answers []string) string {
	const most = 5
	switch {
	case len(answers) == 0:
		return "none"
	case len(answers) > most:
		return strings.Join(answers[:most], "; ") + fmt.Sprintf("; and %d more", len(answers)-most)
	}
	return strings.Join(answers, "; ")
}
