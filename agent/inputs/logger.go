package inputs

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/influxdata/telegraf"
)

// logger passes on what a plugin warns of, and drops the rest.
type logger struct{ warn func(string) }

func (l logger) say(text string) { l.warn(plain(text, 500)) }

func (logger) Level() telegraf.LogLevel            { return telegraf.Warn }
func (logger) AddAttribute(string, any)            {}
func (l logger) Errorf(format string, args ...any) { l.say(fmt.Sprintf(format, args...)) }
func (l logger) Error(args ...any)                 { l.say(fmt.Sprint(args...)) }
func (l logger) Warnf(format string, args ...any)  { l.say(fmt.Sprintf(format, args...)) }
func (l logger) Warn(args ...any)                  { l.say(fmt.Sprint(args...)) }
func (logger) Infof(string, ...any)                {}
func (logger) Info(...any)                         {}
func (logger) Debugf(string, ...any)               {}
func (logger) Debug(...any)                        {}
func (logger) Tracef(string, ...any)               {}
func (logger) Trace(...any)                        {}

// plain is text without control and format characters, at most n bytes long.
func plain(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
