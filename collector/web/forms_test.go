package web

import "regexp"

// What differs from run to run, or with each change of a style.
var (
	csrfToken = regexp.MustCompile(`name="csrf" value="([^"]*)"`)
	assetHash = regexp.MustCompile(`/static/(\w+)\.[0-9a-f]{12}\.(\w+)`)
)
