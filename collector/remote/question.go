package remote

import (
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/prometheus/prometheus/promql/parser"
)

// Bounds on one expression of PromQL. What parses, prints and plans it recurses
// by its depth and does work by the square of its length, without asking
// whether the time is over.
const (
	maxExpression = 32 << 10 // bytes; a long alternation of a dashboard's variable fits
	maxTokens     = 4000     // names, operators, brackets, literals
	maxOperators  = 500      // binary and unary, each a level of the tree
	maxDepth      = 64       // brackets within brackets
	maxMatchers   = 100      // expressions of one request
)

// weighQuestion reads the form of a request that reads series and refuses one
// whose expressions are beyond the bounds. The form stays with the request.
func weighQuestion(r *http.Request) error {
	if kind := r.Header.Get("Content-Type"); r.Method == http.MethodPost && kind != "" {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/x-www-form-urlencoded" {
			return fmt.Errorf("%w: %s, not application/x-www-form-urlencoded", ErrEncoding, quote(kind))
		}
	}
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("reading the form: %w", err)
	}
	asked := 0
	for _, field := range []string{"query", "match[]"} {
		for _, text := range r.Form[field] {
			if asked++; asked > maxMatchers {
				return fmt.Errorf("more than %d expressions in one request", maxMatchers)
			}
			if err := weighExpression(text); err != nil {
				return fmt.Errorf("the parameter %s: %w", field, err)
			}
		}
	}
	return nil
}

// weighExpression counts what an expression is made of, in one pass and
// without a tree. One that does not lex is left for the parser to explain.
func weighExpression(text string) error {
	if len(text) > maxExpression {
		return fmt.Errorf("an expression of %d bytes, more than %d", len(text), maxExpression)
	}
	lexer := parser.Lex(text)
	var tokens, operators, depth int
	for {
		var item parser.Item
		lexer.NextItem(&item)
		switch {
		case item.Typ == parser.EOF || item.Typ == parser.ERROR:
			return nil
		case item.Typ == parser.LEFT_PAREN || item.Typ == parser.LEFT_BRACE || item.Typ == parser.LEFT_BRACKET:
			depth++
		case item.Typ == parser.RIGHT_PAREN || item.Typ == parser.RIGHT_BRACE || item.Typ == parser.RIGHT_BRACKET:
			depth--
		case item.Typ.IsOperator():
			operators++
		}
		tokens++
		switch {
		case depth > maxDepth:
			return errors.New("brackets nested more than " + fmt.Sprint(maxDepth) + " deep")
		case operators > maxOperators:
			return fmt.Errorf("more than %d operators", maxOperators)
		case tokens > maxTokens:
			return fmt.Errorf("more than %d names, numbers and signs", maxTokens)
		}
	}
}
