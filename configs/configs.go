// Package configs holds what a first start needs, inside the binary.
package configs

import "embed"

// Quickstart is the folder quickstart: the catalogue of `assay up`.
//
//go:embed quickstart
var Quickstart embed.FS
