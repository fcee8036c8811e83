package probe

import "github.com/assay-sla/assay/slo"

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
		values[name] = v
	}
	return values, nil
}

// hide keeps values out of what the run says, however they are written.
func (r *run) hide(values ...string) {
	r.hidden = r.hidden.with(values...)
	if r.trace != nil {
		r.trace.hidden = r.hidden
	}
}
