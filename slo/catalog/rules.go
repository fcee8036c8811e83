package catalog

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// The rules for the values of kind blocks: each returns what is wrong.

// hinted is an error about a word that is not among some known ones.
type hinted struct {
	message string
	known   []string
}

func (h hinted) Error() string { return h.message }

func asHinted(err error, h *hinted) bool { return errors.As(err, h) }

// oneOf is the rule that a value is one of some words; what names them.
func oneOf(what string, known []string) func(string) error {
	return func(s string) error {
		if slices.Contains(known, s) {
			return nil
		}
		return hinted{fmt.Sprintf("%s is not %s: %s", quote(s), what, strings.Join(known, ", ")), known}
	}
}

// validURL allows absolute http and https URLs without credentials in them:
// a URL is shown on pages and in reports.
func validURL(s string) error {
	if len(s) > 8<<10 {
		return errors.New("a URL of more than 8 KiB")
	}
	if err := noHostile(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsAny(s, " \"<>\\^`{|}"):
		return fmt.Errorf("%s is not a URL such as https://example.com/health", quote(s))
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not an http or https URL", quote(s))
	case u.User != nil:
		return errors.New("a URL must hold neither user nor password, as it is shown on pages and in reports; use username and password")
	case u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%s has no host", quote(s))
	case u.Fragment != "" || strings.HasSuffix(s, "#"):
		return fmt.Errorf("%s has a fragment (#...), which is never sent", quote(s))
	}
	if strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("%s has a colon but no port", quote(s))
	}
	return validHostPort(u.Host)
}

// validHostPort allows a host with or without a port.
func validHostPort(s string) error {
	if strings.Count(s, ":") == 1 || strings.HasPrefix(s, "[") && !strings.HasSuffix(s, "]") {
		return validAddress(s)
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	return validHost(s)
}

// validAddress allows host:port.
func validAddress(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%s is not host:port, such as example.com:443 or [2001:db8::1]:443", quote(s))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '+' {
		return fmt.Errorf("%s has no port from 1 to 65535", quote(s))
	}
	return validHost(host)
}

// validHost allows an IP address or a host name in ASCII.
func validHost(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return noHostile(s)
	}
	if strings.IndexFunc(s, func(r rune) bool { return r > 127 }) >= 0 {
		return fmt.Errorf("%s is not in ASCII: write an international name in its xn-- form", quote(s))
	}
	name := strings.TrimSuffix(s, ".")
	if name == "" || len(name) > 253 || !labels(name, hostRune) {
		return fmt.Errorf("%s is not a host name or an IP address", quote(s))
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; strings.Trim(last, "0123456789") == "" && strings.Contains(name, ".") {
		return fmt.Errorf("%s looks like an IP address but is none", quote(s))
	}
	return nil
}

func hostRune(r rune) bool { return nameRune(r) && r != '.' }

// labels reports whether every label of a name has 1 to 63 allowed characters.
func labels(name string, allowed func(rune) bool) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool { return !allowed(r) }) {
			return false
		}
	}
	return true
}

// validMethod allows the token of an HTTP method.
func validMethod(s string) error {
	if !httpguts.ValidHeaderFieldName(s) || len(s) > 32 { // both are tokens
		return fmt.Errorf("%s is not an HTTP method", quote(s))
	}
	if s != strings.ToUpper(s) {
		return fmt.Errorf("%s is not an HTTP method: they are in capitals, %s", quote(s), strings.ToUpper(s))
	}
	if s == "CONNECT" {
		return errors.New("the method CONNECT cannot be probed")
	}
	return nil
}

// validPattern allows regular expressions of Go's RE2 syntax.
func validPattern(s string) error {
	if s == "" || len(s) > maxPattern {
		return fmt.Errorf("a regular expression of %d bytes: 1 to %d are allowed", len(s), maxPattern)
	}
	if _, err := regexp.Compile(s); err != nil {
		return fmt.Errorf("%s is not a regular expression (RE2): %s", quote(s), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return nil
}

// validFamily allows 4 and 6, and nothing for whichever answers.
func validFamily(s string) error {
	if s != "" && s != "4" && s != "6" && s != "prefer4" && s != "prefer6" {
		return fmt.Errorf("%s is not an IP version: 4, 6, prefer4, prefer6, or leave it out", quote(s))
	}
	return nil
}

// validLiteral allows an IP address.
func validLiteral(s string) error {
	if a, err := netip.ParseAddr(s); err != nil || a.Zone() != "" {
		return fmt.Errorf("%s is not an IP address", quote(s))
	}
	return nil
}

// validCertificates allows one or more PEM certificates and nothing else.
func validCertificates(s string) error {
	rest, n := []byte(s), 0
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" { // never say what else it holds: it may be a key
			return errors.New("ca holds a PEM block that is not a CERTIFICATE")
		}
		if _, err := x509.ParseCertificate(b.Bytes); err != nil {
			return fmt.Errorf("certificate %d of ca cannot be read: %w", n+1, err)
		}
		n++
	}
	if n == 0 || strings.TrimSpace(string(rest)) != "" {
		return errors.New("ca is not a list of PEM certificates")
	}
	return nil
}
