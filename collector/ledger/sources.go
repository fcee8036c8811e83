package ledger

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// keptSource is one file of a catalogue as the contents have it.
type keptSource struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// PromisesOf lists the objectives of a catalogue as agreement/objective.
func PromisesOf(c *slo.Catalog) []string {
	var out []string
	for _, a := range c.Agreements {
		for _, o := range a.Objectives {
			out = append(out, Promise{Agreement: a.Name, Objective: o.Name}.Name())
		}
	}
	return out
}

// KeepCatalogue makes the entry of a catalogue that was taken into force, and
// the contents that it refers to: the sources with what may be a secret masked.
// Contents are nil where the masked text says nothing that can be read; the
// entry has no digest then, and nothing can be sealed under it. before are the
// promises of the catalogue before, changed is what it says otherwise than that.
func KeepCatalogue(c *slo.Catalog, sources []catalog.Source, before []string, changed *Changed) (*Catalogue, []byte, error) {
	out := &Catalogue{Revision: c.Revision, Promises: []string{}, Changed: changed}
	for _, p := range PromisesOf(c) {
		if !slices.Contains(before, p) {
			out.Promises = append(out.Promises, p)
		}
	}
	kept := []keptSource{}
	masked := catalog.Masked(sources)
	for _, s := range masked {
		kept = append(kept, keptSource{s.Name, string(s.Data)})
		out.Files++
		out.Bytes += int64(len(s.Data))
	}
	again, problems := catalog.Parse(masked)
	if problems.Err() != nil {
		return out, nil, nil
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return nil, nil, fmt.Errorf("keeping the catalogue %s: %w", c.Revision, err)
	}
	out.Kept, out.Digest = again.Revision, Digest(b)
	return out, b, nil
}

// OpenCatalogue reads a kept catalogue and holds it against its entry.
func OpenCatalogue(entry *Catalogue, contents []byte) (*slo.Catalog, error) {
	if got := Digest(contents); got != entry.Digest {
		return nil, fmt.Errorf("the catalogue %s hashes to %s, its entry says %s", entry.Revision, got, entry.Digest)
	}
	var kept []keptSource
	if err := strictly(contents, &kept); err != nil {
		return nil, fmt.Errorf("reading the catalogue %s: %w", entry.Revision, err)
	}
	sources := make([]catalog.Source, len(kept))
	for i, k := range kept {
		sources[i] = catalog.Source{Name: k.Name, Data: []byte(k.Text)}
	}
	c, problems := catalog.Parse(sources)
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("reading the catalogue %s: %w", entry.Revision, err)
	}
	if c.Revision != entry.Kept {
		return nil, fmt.Errorf("the kept catalogue is of revision %s to this version of the program, its entry says %s", c.Revision, entry.Kept)
	}
	c.Revision = entry.Revision
	return c, nil
}
