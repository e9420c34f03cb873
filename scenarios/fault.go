package scenarios

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"holdfast/chaos"
)

// Fault is one disruption, voluntary or not, and its end. Beside the keys here a fault has the
// settings of its kind: the exported fields of its struct in package chaos.
type Fault struct {
	At     Moment        `yaml:"at" jsonschema:"description=from the beginning of the faults phase; a span such as 10s..40s has the seed choose (default 0s)"`
	Kind   string        `yaml:"kind" jsonschema:"required,description=what is done"`
	Target Target        `yaml:"target,omitempty" jsonschema:"description=a node or a list of nodes or a selector: any keycloak (one the seed chooses); any 2 cache; all keycloak; primary database; replica database; all site-2. Kinds that act on one thing only do without"`
	For    time.Duration `yaml:"for" jsonschema:"required,description=how long its effect lasts until it is undone"`
	When   *Condition    `yaml:"when,omitempty" jsonschema:"description=waits after at until the run is so"`
	Repeat *Repeat       `yaml:"repeat,omitempty" jsonschema:"description=the same again; a selector chooses anew each time"`
	Aim    string        `yaml:"aim,omitempty" jsonschema:"enum=code,enum=refresh,enum=logout,description=made while a journey stands at this position of the protocol: between the code and its exchange; between a refresh and its answer; in mid-logout"`
	// Settings are the kind's own; nil stands for the kind's defaults.
	Settings chaos.Fault `yaml:"-"`
}

// Repeat makes a fault Times times, Every apart.
type Repeat struct {
	Times int           `yaml:"times" jsonschema:"required,minimum=1,maximum=100,description=how often in all"`
	Every time.Duration `yaml:"every" jsonschema:"required,description=from the beginning of one to that of the next"`
}

// settle makes Settings those of the fault's kind; what a former kind had too is kept. An
// unknown kind has none.
func (f *Fault) settle() {
	if f.Settings != nil && f.Settings.Kind() == f.Kind {
		return
	}
	var former []byte
	if f.Settings != nil {
		former, _ = json.Marshal(f.Settings) // what cannot be written cannot be kept
	}
	fresh, err := chaos.New(f.Kind, former)
	if err != nil {
		fresh, err = chaos.New(f.Kind, nil)
	}
	f.Settings = nil
	if err == nil {
		f.Settings = fresh
	}
}

// disruption is a fault of its own for one step of a run.
func (f Fault) disruption() (chaos.Fault, error) {
	settings, err := json.Marshal(f.Settings)
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", f.Kind, err)
	}
	return chaos.New(f.Kind, settings)
}

// MarshalYAML writes the fault with its settings in one mapping; what is not set is left out.
func (f Fault) MarshalYAML() (any, error) {
	out := yaml.MapSlice{{Key: "at", Value: f.At.String()}, {Key: "kind", Value: f.Kind}}
	add := func(key string, value any) { out = append(out, yaml.MapItem{Key: key, Value: value}) }
	if len(f.Target) > 0 {
		add("target", f.Target)
	}
	add("for", Brief(f.For))
	if f.When != nil {
		add("when", f.When.String())
	}
	if f.Repeat != nil {
		add("repeat", yaml.MapSlice{{Key: "times", Value: f.Repeat.Times}, {Key: "every", Value: Brief(f.Repeat.Every)}})
	}
	if f.Aim != "" {
		add("aim", f.Aim)
	}
	for _, s := range settingsOf(f.Settings) {
		if !s.value.IsZero() {
			add(s.key, written(s.value))
		}
	}
	return out, nil
}
