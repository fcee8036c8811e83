package web

import (
	"fmt"
	"net/url"
	"strconv"
)

// maxOffset bounds how far into a list a request may ask.
const maxOffset = 1_000_000

func offsetOf(s string) (int, error) {
	return number("offset", s, 0, 0, maxOffset)
}

// number reads a query parameter; def is for one that is missing.
func number(name, s string, def, least, most int) (int, error) {
	if s == "" {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, badRequest(fmt.Sprintf("%s: %.40q is not a whole number from %d to %d", name, s, least, most))
	}
	return n, nil
}

// pager returns the addresses of the pages before and after the one at an
// offset in a list of n, "" where there is none.
func pager(q url.Values, path string, offset, n int) (back, next string) {
	at := func(o int) string {
		out := url.Values{}
		for k, v := range q {
			if k != "offset" && k != "lang" {
				out[k] = v
			}
		}
		if o > 0 {
			out.Set("offset", strconv.Itoa(o))
		}
		if len(out) == 0 {
			return path
		}
		return path + "?" + out.Encode()
	}
	if offset > 0 {
		back = at(max(0, offset-maxPage))
	}
	if offset+maxPage < n {
		next = at(offset + maxPage)
	}
	return back, next
}
