package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// secret reads the name of a secret, {secret: NAME}. A value in its place is
// an error that does not repeat it.
func (b *block) secret(n *yaml.Node, path string, into *slo.Secret) bool {
	if n.Kind != yaml.MappingNode {
		b.r.errorf(n, "write {secret: NAME}, and say in the agent's file where the value lies", "%s.%s is not in the catalogue itself", b.what, path)
		return false
	}
	f, ok := b.r.fields(n, b.what+"."+path, "secret")
	return ok && set(&into.Name, f.need("secret"), b.r.name)
}
