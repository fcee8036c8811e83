package slo

// Secret stands for a value that is not in the catalogue: the agent's own file
// says where it lies. Only its name travels, so neither the collector nor an
// assignment on disk holds it. The empty name is none.
type Secret struct {
	Name string `json:"secret,omitempty"`
}
