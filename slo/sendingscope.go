package slo

import "strings"

// AgreementScope is the kind of scope that is one agreement; report.ScopeKind
// has the others.
const AgreementScope = "agreement"

// ScopeText is what a report is about as one text, under which it is kept: the
// name of an agreement, or the kind of scope, a colon and its name, such as
// customer:Contoso Retail or all:. Names of agreements have no colon.
func ScopeText(kind, name string) string {
	if kind == AgreementScope {
		return name
	}
	return kind + ":" + name
}

// ReadScope is the kind and the name that ScopeText made a text of.
func ReadScope(text string) (kind, name string) {
	if kind, name, several := strings.Cut(text, ":"); several {
		return kind, name
	}
	return AgreementScope, text
}
