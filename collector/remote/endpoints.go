package remote

import (
	"net/http"
	"slices"
	"strings"
)

// class says which bounds an endpoint has.
type class uint8

const (
	static  class = iota // reads no series
	parsing              // reads an expression alone
	query                // runs in the PromQL engine, which has bounds of its own
	listing              // walks the index
	writing
)

// endpoint is one path of the API.
type endpoint struct {
	methods string // comma-separated, as in the header Allow
	class   class
}

func (e endpoint) takes(method string) bool {
	return slices.Contains(strings.Split(e.methods, ", "), method)
}

const (
	get       = http.MethodGet
	getOrPost = http.MethodGet + ", " + http.MethodPost
	post      = http.MethodPost
)

// find returns the endpoint at a path below the prefix.
func find(path string) (endpoint, bool) {
	switch path {
	case "/api/v1/query", "/api/v1/query_range", "/api/v1/query_exemplars":
		return endpoint{getOrPost, query}, true
	case "/api/v1/labels", "/api/v1/series":
		return endpoint{getOrPost, listing}, true
	case "/api/v1/format_query", "/api/v1/parse_query":
		return endpoint{getOrPost, parsing}, true
	case "/api/v1/metadata", "/api/v1/rules", "/api/v1/alerts", "/api/v1/status/buildinfo":
		return endpoint{get, static}, true
	case WritePath, OTLPPath:
		return endpoint{post, writing}, true
	}
	if name, ok := strings.CutPrefix(path, "/api/v1/label/"); ok {
		if name, ok = strings.CutSuffix(name, "/values"); ok && name != "" && !strings.Contains(name, "/") {
			return endpoint{get, listing}, true
		}
	}
	return endpoint{}, false
}
