package scenarios

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

// files are the built-in scenarios: one file each, called as the scenario is.
//
//go:embed *.yaml
var files embed.FS

// Catalogue is every built-in scenario, by name.
func Catalogue() []Scenario {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("scenarios: the embedded folder cannot be read: " + err.Error())
	}
	var out []Scenario
	for _, e := range entries {
		s, err := Load(strings.TrimSuffix(e.Name(), path.Ext(e.Name())), nil)
		if err != nil {
			panic(fmt.Sprintf("scenarios: built-in %s:\n%v", e.Name(), err))
		}
		out = append(out, *s)
	}
	return out
}

// builtin is the file of the built-in scenario called name.
func builtin(name string) ([]byte, error) { return files.ReadFile(name + ".yaml") }
