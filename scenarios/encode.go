package scenarios

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
)

// YAML writes the scenario with every value in it. Reading it back gives the same scenario.
func (s Scenario) YAML() ([]byte, error) {
	out, err := yaml.MarshalWithOptions(s,
		yaml.IndentSequence(true),
		yaml.CustomMarshaler(func(d time.Duration) ([]byte, error) { return []byte(Brief(d)), nil }),
		yaml.CustomMarshaler(func(r Rate) ([]byte, error) { return []byte(r.String()), nil }),
	)
	if err != nil {
		return nil, fmt.Errorf("write scenario %s: %w", s.Name, err)
	}
	return out, nil
}
