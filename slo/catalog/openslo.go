package catalog

import (
	"gopkg.in/yaml.v3"
)

// OpenSLOVersion is the apiVersion of OpenSLO documents, version 1 of the
// specification at https://github.com/OpenSLO/OpenSLO. They are read into the
// same catalogue as our own: an SLO is an agreement inside the house, and what
// its indicator measures is a service. docs/formats/openslo.md says what
// becomes of each field. What cannot be honoured is an error.
const OpenSLOVersion = "openslo/v1"

// The names of OpenSLO's kinds, as messages have them. Its Service is not ours,
// which has one of the same name beside it. Its SLO is an Agreement.
const (
	openSLOService   = "OpenSLO Service"
	openSLOSLI       = "SLI"
	openSLOSource    = "DataSource"
	openSLOPolicy    = "AlertPolicy"
	openSLOCondition = "AlertCondition"
	openSLOTarget    = "AlertNotificationTarget"
)

// openSLONames are the kinds whose names are OpenSLO's own.
func openSLONames() []string {
	return []string{openSLOService, openSLOSLI, openSLOSource, openSLOPolicy, openSLOCondition, openSLOTarget}
}

// openSLOKind is a kind of OpenSLO: how documents write it, whose names it
// has, and what reads its spec.
type openSLOKind struct {
	word, names string
	read        func(name string, spec *yaml.Node)
}

func (r reader) openSLOKinds() []openSLOKind {
	return []openSLOKind{
		{"Service", openSLOService, r.openSLOServiceSpec},
		{"SLO", kindAgreement, r.openSLOSpec},
		{"SLI", openSLOSLI, r.sliSpec},
		{"DataSource", openSLOSource, r.dataSourceSpec},
		{"AlertPolicy", openSLOPolicy, r.alertPolicySpec},
		{"AlertCondition", openSLOCondition, r.alertConditionSpec},
		{"AlertNotificationTarget", openSLOTarget, r.notificationTargetSpec},
	}
}

// openSLO reads a document of OpenSLO, of which f are the fields.
func (r reader) openSLO(d document, f fields) {
	kinds := r.openSLOKinds()
	var words []string
	for _, k := range kinds {
		words = append(words, k.word)
	}
	kind, name := 0, ""
	known := set(&kind, f.need("kind"), r.choice(words...))
	if m := f.need("metadata"); m != nil {
		var at *yaml.Node
		if name, at = r.openSLOMetadata(m); known && name != "" {
			r.define(kinds[kind].names, name, at)
		}
	}
	spec := f.need("spec")
	if !known || name == "" {
		r.obscured(d.text)
	}
	if known && spec != nil {
		kinds[kind].read(name, spec)
	}
}
