package agent

import (
	"errors"
	"os"
	"strings"

	"github.com/assay-sla/assay/internal/settings"
)

// secret reads the value of a secret that the agent's own file names. Errors
// say what is missing, never a value.
func (c Config) secret(name string) (string, error) {
	for _, s := range c.Secrets {
		if s.Name != name {
			continue
		}
		v := os.Getenv(s.Env)
		if s.File != "" {
			b, err := settings.ReadBounded(s.File, maxSecretFile)
			if err != nil {
				return "", err
			}
			v = strings.TrimRight(string(b), "\r\n")
		}
		if v == "" {
			return "", errors.New("is empty")
		}
		return v, nil
	}
	return "", errors.New("is not in this agent's file, under secrets")
}
