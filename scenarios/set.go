package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// segment is one step of a --set path: a key, or an index.
var segment = regexp.MustCompile(`^(?:([A-Za-z0-9_-]+)|\[([0-9]{1,6})\])`)

// set applies one path=value to the scenario.
func (r *reader) set(s *Scenario, assignment string) {
	src := &source{name: "--set " + assignment, lines: strings.Split(assignment, "\n"), flag: true}
	path, value, ok := strings.Cut(assignment, "=")
	if !ok {
		r.report(place{src, 1, len([]rune(assignment)) + 1}, "", "a setting is path=value, such as topology.keycloak.nodes=3")
		return
	}
	v, rules, ok := r.find(src, reflect.ValueOf(s).Elem(), path)
	if !ok {
		return
	}
	src.shift = len([]rune(path)) + 1
	n, ok := r.node(src, value)
	if !ok {
		return
	}
	if n == nil {
		r.report(place{src, 1, 1 + src.shift}, path, "the value is missing")
		return
	}
	r.forget(path)
	r.decoder(src, n).decode(n, v, path, rules)
	for i := range s.Faults {
		s.Faults[i].settle() // another kind has other settings
	}
}

// forget drops the places of what was in the value at path: a flag replaces it.
func (r *reader) forget(path string) {
	maps.DeleteFunc(r.places, func(p string, _ place) bool {
		return p != path && within(p, path)
	})
}

// find follows a path from v to the value it names.
func (r *reader) find(src *source, v reflect.Value, path string) (reflect.Value, rules, bool) {
	var found rules
	rest := path
	for done := ""; rest != "" || done == ""; done = path[:len(path)-len(rest)] {
		here := place{src, 1, len([]rune(done)) + 1}
		m := segment.FindStringSubmatch(rest)
		if m == nil {
			r.report(here, path, "a key or an [index] is wanted here")
			return v, found, false
		}
		rest = strings.TrimPrefix(rest[len(m[0]):], ".")
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		var why string
		if m[1] != "" {
			v, found, why = byKey(v, m[1], done)
		} else {
			v, why = byIndex(v, m[2], done)
		}
		if why != "" {
			r.report(here, path, "%s", why)
			return v, found, false
		}
	}
	return v, found, true
}

// byKey is the field of v called key, or why there is none.
func byKey(v reflect.Value, key, done string) (reflect.Value, rules, string) {
	done = title(strings.TrimSuffix(done, "."))
	if v.Kind() != reflect.Struct {
		if v.Kind() == reflect.Slice {
			return v, rules{}, fmt.Sprintf("%s is a list: name an entry, such as %s[0].%s", done, done, key)
		}
		return v, rules{}, fmt.Sprintf("%s is one value and has no keys", done)
	}
	fields := fieldsIn(v)
	for _, f := range fields {
		if f.key == key {
			return f.value, f.rules, ""
		}
	}
	hint := meant(key, keys(fields))
	if hint == "" {
		hint = "; there are " + strings.Join(keys(fields), ", ")
	}
	return v, rules{}, fmt.Sprintf("unknown key %q in %s%s", key, done, hint)
}

// byIndex is the element of v, or why there is none.
func byIndex(v reflect.Value, index, done string) (reflect.Value, string) {
	done = title(strings.TrimSuffix(done, "."))
	if v.Kind() != reflect.Slice {
		return v, done + " is not a list"
	}
	i, err := strconv.Atoi(index)
	if err != nil || i >= v.Len() {
		return v, fmt.Sprintf("there is no %s[%s]: it has %d entries, counted from 0", done, index, v.Len())
	}
	return v.Index(i), ""
}
