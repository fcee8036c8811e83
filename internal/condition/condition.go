// Package condition compiles and evaluates what a catalogue says in CEL, the
// Common Expression Language (https://cel.dev): conditions that an answer
// must meet, and values to take from it. The catalogue checks with it what the
// agent evaluates, so that both know the same variables.
//
// An expression can do nothing but compute: it has no clock, no network and no
// loop without an end. Its cost is bounded, and so is its time.
package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Bounds of an expression.
const (
	MaxSource = 4096    // bytes
	maxCost   = 500_000 // steps of the evaluation, as CEL counts them
	lookEvery = 256     // steps between two looks at the context
)

// Scope is what an expression can see.
type Scope struct {
	vars []cel.EnvOption
	once sync.Once
	env  *cel.Env
	err  error
}

// The scopes, each with its variables. now is the instant of the measurement,
// a timestamp.
var (
	// Answer is an HTTP answer: json (its body), status (an int), headers
	// (lists of strings by lower-case name), now.
	Answer = &Scope{vars: []cel.EnvOption{
		cel.Variable("json", cel.DynType),
		cel.Variable("status", cel.IntType),
		cel.Variable("headers", cel.MapType(cel.StringType, cel.ListType(cel.StringType))),
		cel.Variable("now", cel.TimestampType),
	}}
	// Rows is the result of a query: rows (maps by column name), now.
	Rows = &Scope{vars: []cel.EnvOption{
		cel.Variable("rows", cel.ListType(cel.MapType(cel.StringType, cel.DynType))),
		cel.Variable("now", cel.TimestampType),
	}}
	// Page is what a browser shows: page.title, page.url, page.text (what can
	// be read of it, bounded), page.status (an int, of the document),
	// page.errors (an int, uncaught errors of its scripts), now.
	Page = &Scope{vars: []cel.EnvOption{
		cel.Variable("page.title", cel.StringType),
		cel.Variable("page.url", cel.StringType),
		cel.Variable("page.text", cel.StringType),
		cel.Variable("page.status", cel.IntType),
		cel.Variable("page.errors", cel.IntType),
		cel.Variable("now", cel.TimestampType),
	}}
)

func (s *Scope) environment() (*cel.Env, error) {
	s.once.Do(func() {
		s.env, s.err = cel.NewEnv(append(s.vars, cel.CrossTypeNumericComparisons(true))...)
	})
	return s.env, s.err
}

// Expression is a compiled expression. It may be used by several goroutines
// at once.
type Expression struct {
	source  string
	program cel.Program
}

// Condition compiles an expression that is true or false. The error says
// where in the source it is wrong.
func (s *Scope) Condition(source string) (*Expression, error) {
	return s.compile(source, "true or false", cel.BoolType)
}

// Value compiles an expression that is a string, a number or a bool.
func (s *Scope) Value(source string) (*Expression, error) {
	return s.compile(source, "a string, a number or a bool", cel.StringType, cel.IntType, cel.UintType, cel.DoubleType, cel.BoolType)
}

func (s *Scope) compile(source, wanted string, kinds ...*cel.Type) (*Expression, error) {
	if len(source) > MaxSource {
		return nil, fmt.Errorf("the expression is longer than %d bytes", MaxSource)
	}
	env, err := s.environment()
	if err != nil {
		return nil, fmt.Errorf("preparing expressions: %w", err)
	}
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		return nil, mistake(issues)
	}
	if !produces(ast.OutputType(), kinds) {
		return nil, fmt.Errorf("the expression is %s, not %s", cel.FormatCELType(ast.OutputType()), wanted)
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost), cel.InterruptCheckFrequency(lookEvery))
	if err != nil {
		return nil, fmt.Errorf("the expression: %w", err)
	}
	return &Expression{source, program}, nil
}

// produces reports whether an expression of type t may be one of kinds; one
// that depends on the answer may.
func produces(t *cel.Type, kinds []*cel.Type) bool {
	if t.IsExactType(cel.DynType) {
		return true
	}
	for _, k := range kinds {
		if t.IsExactType(k) {
			return true
		}
	}
	return false
}

// mistake is the first thing wrong, in a line.
func mistake(issues *cel.Issues) error {
	first := issues.Errors()[0]
	message, _, _ := strings.Cut(first.Message, "\n")
	message = strings.TrimSuffix(message, " (in container '')")
	if first.Location.Line() > 1 {
		return fmt.Errorf("line %d, character %d of the expression: %s", first.Location.Line(), first.Location.Column()+1, message)
	}
	return fmt.Errorf("character %d of the expression: %s", first.Location.Column()+1, message)
}

// Errors that say that the evaluation did not end, rather than that the
// values do not have what the expression asks for.
var (
	// ErrCost says that an evaluation was given up as too expensive.
	ErrCost = errors.New("the expression costs too much to evaluate")
	// ErrTime says that the context ended before the evaluation.
	ErrTime = errors.New("the expression was not evaluated in time")
)

// Holds evaluates a condition over the values of its scope's variables. An
// error is ErrCost, ErrTime, or says what the values lack, such as a missing
// key.
func (e *Expression) Holds(ctx context.Context, values map[string]any) (bool, error) {
	v, err := e.evaluate(ctx, values)
	if err != nil {
		return false, err
	}
	holds, ok := v.(types.Bool)
	if !ok {
		return false, fmt.Errorf("it is a %s, not true or false", v.Type().TypeName())
	}
	return bool(holds), nil
}

// Text evaluates a value over the values of its scope's variables, as text. Of
// the errors of Holds, it can return all.
func (e *Expression) Text(ctx context.Context, values map[string]any) (string, error) {
	v, err := e.evaluate(ctx, values)
	if err != nil {
		return "", err
	}
	switch v.(type) {
	case types.String, types.Int, types.Uint, types.Double, types.Bool:
		if text, ok := v.ConvertToType(types.StringType).(types.String); ok {
			return string(text), nil
		}
	}
	return "", fmt.Errorf("it is a %s, not a string, a number or a bool", v.Type().TypeName())
}

// String is the source.
func (e *Expression) String() string { return e.source }

func (e *Expression) evaluate(ctx context.Context, values map[string]any) (ref.Val, error) {
	v, _, err := e.program.ContextEval(ctx, values)
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil:
		return nil, ErrTime
	case strings.Contains(err.Error(), "cost limit exceeded"):
		return nil, ErrCost
	}
	if key, ok := strings.CutPrefix(err.Error(), "no such key: "); ok {
		return nil, fmt.Errorf("there is no field %s", key)
	}
	return nil, err
}
