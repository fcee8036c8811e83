package probe

import (
	"encoding/base64"
	"net/url"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// secret is the value of a secret, which from here on appears in nothing that
// the run says.
func (r *run) secret(s slo.Secret) (string, error) {
	if r.env.secrets == nil {
		return "", unknownf(slo.AgentSecret, "this agent has no secret %s", s.Name)
	}
	v, err := r.env.secrets(s.Name)
	if err != nil {
		return "", unknownf(slo.AgentSecret, "the secret %s: %v", s.Name, err)
	}
	r.hide(v)
	return v, nil
}

// values are those of secrets by the name that stands for them, which from here
// on appear in nothing that the run says.
func (r *run) values(secrets map[string]slo.Secret) (map[string]string, error) {
	values := map[string]string{}
	for name, s := range secrets {
		v, err := r.secret(s)
		if err != nil {
			return nil, err
		}
		r.hide(v, url.QueryEscape(v))
		values[name] = v
	}
	return values, nil
}

// hide keeps values out of what the run says, in base64 as well.
func (r *run) hide(values ...string) {
	s := slices.Clone(r.hidden)
	for _, v := range values {
		s = append(s, v, base64.StdEncoding.EncodeToString([]byte(v)))
	}
	r.hidden = s.usable()
	if r.trace != nil {
		r.trace.hidden = r.hidden
	}
}
