package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Load reads a built-in scenario by its name, or a file by its path, and applies settings
// (path=value, such as load.classes[0].rate=10/s) to it. Everything wrong is in [Problems].
func Load(nameOrPath string, sets []string) (*Scenario, error) {
	if data, err := builtin(nameOrPath); err == nil {
		return read(nameOrPath+".yaml", data, sets)
	}
	data, err := os.ReadFile(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) && !looksLikePath(nameOrPath) {
		return nil, unknown(nameOrPath)
	}
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	s, err := read(nameOrPath, data, sets)
	if err != nil {
		return nil, err
	}
	if realm := s.Topology.Keycloak.Realm; realm != "" && !filepath.IsAbs(realm) {
		// A scenario may be run from anywhere; what it names is beside it.
		s.Topology.Keycloak.Realm, err = filepath.Abs(filepath.Join(filepath.Dir(nameOrPath), realm))
	}
	return s, err
}

func looksLikePath(s string) bool {
	return strings.ContainsAny(s, `/\`) || strings.HasSuffix(s, ".yaml") || strings.HasSuffix(s, ".yml")
}

// UnknownError is the error for a name that no built-in scenario has.
type UnknownError struct {
	Name    string
	Nearest string // the built-in that may have been meant; may be empty
	Names   []string
}

func (e *UnknownError) Error() string {
	hint := "; there are " + strings.Join(e.Names, ", ")
	if e.Nearest != "" {
		hint = fmt.Sprintf("; did you mean %s?", e.Nearest)
	}
	return fmt.Sprintf("no scenario called %q, and no such file%s", e.Name, hint)
}

func unknown(name string) error {
	var names []string
	for _, s := range Catalogue() {
		names = append(names, s.Name)
	}
	return &UnknownError{Name: name, Nearest: Nearest(name, names), Names: names}
}

// Parse reads a scenario from YAML; file is what errors call it.
func Parse(file string, data []byte) (*Scenario, error) { return read(file, data, nil) }

func read(file string, data []byte, sets []string) (*Scenario, error) {
	r, s := newReader(), defaults()
	text := strings.TrimPrefix(string(data), "\ufeff")
	src := &source{name: file, lines: strings.Split(text, "\n")}
	r.places[""] = place{src, 1, 1}
	root, ok := r.node(src, text)
	if ok && root == nil {
		r.report(r.places[""], "", "the file is empty; `holdfast schema` says what a scenario is made of")
	}
	if root == nil {
		return nil, r.problems
	}
	r.decoder(src, root).decode(root, reflect.ValueOf(&s).Elem(), "", rules{})
	for _, set := range sets {
		r.set(&s, set)
	}
	if !slices.Contains(r.bad, "") {
		complete(&s)
		for _, f := range s.check() {
			r.semantic(f)
		}
	}
	if len(r.problems) > 0 {
		r.problems.sort()
		return nil, r.problems
	}
	return &s, nil
}
