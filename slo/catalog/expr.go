package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Bounds of one expression.
const (
	maxExprBytes = 64 << 10
	maxExprDepth = 32
)

// exprError is a mistake at a byte of an expression.
type exprError struct {
	offset        int
	message, hint string
}

// probeRef is a mention of a probe at a byte of an expression.
type probeRef struct {
	name   string
	offset int
}

// exprParser reads expressions over probes:
//
//	expr  = name | ("all" | "any") "(" args ")" | "atleast" "(" number "," args ")"
//	args  = expr { "," expr }
//
// all, any and atleast are operators only where a parenthesis follows.
type exprParser struct {
	text string
	pos  int
	refs []probeRef
	err  *exprError
}

// parseExpr reads a whole expression. An operator over a single argument is
// that argument.
func parseExpr(text string) (slo.Expr, []probeRef, *exprError) {
	p := &exprParser{text: text}
	if len(text) > maxExprBytes {
		return slo.Expr{}, nil, &exprError{0, fmt.Sprintf("an expression of more than %d bytes", maxExprBytes), ""}
	}
	e := p.expr(0)
	p.blanks()
	if p.err == nil && p.pos < len(text) {
		p.fail(p.pos, "unexpected "+p.next()+" after the expression", "several probes go into all(...), any(...) or atleast(N, ...)")
	}
	return e, p.refs, p.err
}

func (p *exprParser) expr(depth int) slo.Expr {
	p.blanks()
	at := p.pos
	word := p.word()
	switch {
	case p.err != nil:
		return slo.Expr{}
	case word == "":
		p.fail(at, "expected a probe, all(...), any(...) or atleast(N, ...), found "+p.next(), "")
		return slo.Expr{}
	case depth > maxExprDepth:
		p.fail(at, fmt.Sprintf("nested more than %d deep", maxExprDepth), "")
		return slo.Expr{}
	case !p.take('('):
		if len(word) > maxName {
			p.fail(at, fmt.Sprintf("a name of more than %d bytes", maxName), "")
		}
		p.refs = append(p.refs, probeRef{word, at})
		return slo.Expr{Op: slo.OpProbe, Probe: word}
	}
	e := slo.Expr{}
	switch word {
	case "all":
		e.Op = slo.OpAll
	case "any":
		e.Op = slo.OpAny
	case "atleast":
		e.Op = slo.OpAtLeast
		p.blanks()
		e.K = p.count()
	default:
		s := &suggester{budget: 3}
		p.fail(at, fmt.Sprintf("%s is not one of all, any, atleast", quote(word)), s.hint(word, []string{"all", "any", "atleast"}))
		return e
	}
	return p.args(e, at, depth)
}

// count reads the number of atleast and the comma behind it.
func (p *exprParser) count() int {
	at := p.pos
	word := p.word()
	k, err := strconv.Atoi(word)
	if p.err == nil && (err != nil || k < 1) {
		p.fail(at, "atleast begins with how many must be up, such as atleast(2, a, b, c)", "")
	}
	if !p.take(',') {
		p.fail(p.pos, "expected a comma and the probes, found "+p.next(), "")
	}
	return k
}

// args reads the arguments of e up to the closing parenthesis; at is where e
// began.
func (p *exprParser) args(e slo.Expr, at, depth int) slo.Expr {
	for p.err == nil {
		e.Args = append(e.Args, p.expr(depth+1))
		if p.err == nil && p.take(')') {
			break
		}
		if p.err == nil && !p.take(',') {
			p.fail(p.pos, "expected a comma or a closing parenthesis, found "+p.next(), "")
		}
	}
	if p.err == nil && e.K > len(e.Args) {
		p.fail(at, fmt.Sprintf("atleast %d of only %d can never be up", e.K, len(e.Args)), "")
	}
	if p.err == nil && len(e.Args) == 1 {
		return e.Args[0]
	}
	return e
}

func (p *exprParser) blanks() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t' || p.text[p.pos] == '\n') {
		p.pos++
	}
}

// word reads the characters of a name, perhaps none.
func (p *exprParser) word() string {
	from := p.pos
	for p.pos < len(p.text) && nameRune(rune(p.text[p.pos])) {
		p.pos++
	}
	return p.text[from:p.pos]
}

// take skips blanks and then c, and reports whether c was there.
func (p *exprParser) take(c byte) bool {
	p.blanks()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// next describes what stands at the position.
func (p *exprParser) next() string {
	if p.pos >= len(p.text) {
		return "the end"
	}
	if i := strings.IndexFunc(p.text[p.pos:], func(r rune) bool { return !nameRune(r) }); i != 0 {
		rest := p.text[p.pos:]
		if i > 0 {
			rest = rest[:i]
		}
		return quote(rest)
	}
	for _, c := range p.text[p.pos:] {
		return fmt.Sprintf("%q", c)
	}
	return "the end"
}

func (p *exprParser) fail(offset int, message, hint string) {
	if p.err == nil {
		p.err = &exprError{offset, message, hint}
	}
}

// repeated returns the first probe that one operator of e lists twice, or "".
func repeated(e slo.Expr) string {
	var seen []string
	for _, a := range e.Args {
		if a.Op == slo.OpProbe && slices.Contains(seen, a.Probe) {
			return a.Probe
		}
		seen = append(seen, a.Probe)
		if name := repeated(a); name != "" {
			return name
		}
	}
	return ""
}
