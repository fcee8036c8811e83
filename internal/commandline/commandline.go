// Package commandline is what the command lines of both programs share.
package commandline

import (
	"errors"
	"reflect"
	"time"

	"github.com/alecthomas/kong"

	"github.com/assay-sla/assay/slo/catalog"
)

// Durations makes flags take a duration as the catalogue does: in days too.
func Durations() kong.Option {
	return kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(c *kong.DecodeContext, into reflect.Value) error {
		var text string
		if err := c.Scan.PopValueInto("duration", &text); err != nil {
			return err
		}
		d, err := catalog.ParseDuration(text)
		if err != nil {
			return err
		}
		into.SetInt(int64(d))
		return nil
	}))
}

// UsageOf is the command of program that a command line refused with err came
// as far as, whose --help says how it is meant.
func UsageOf(program string, err error) string {
	var at *kong.ParseError
	if !errors.As(err, &at) || at.Context.Selected() == nil {
		return program
	}
	return at.Context.Selected().FullPath()
}
