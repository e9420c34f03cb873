package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
)

// settingsOf lists the settings of a fault, bound to its values; none of nil.
func settingsOf(f chaos.Fault) []field {
	if f == nil {
		return nil
	}
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	return fieldsIn(v.Elem())
}

// havingSetting lists the kinds of fault that have a setting called key.
func havingSetting(key string) []string {
	var out []string
	for _, kind := range chaos.Kinds() {
		f, err := chaos.New(kind, nil)
		if err == nil && slices.Contains(keys(settingsOf(f)), key) {
			out = append(out, kind)
		}
	}
	return out
}

// written is a setting's value as YAML has it.
func written(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return Brief(x)
	default:
		return x
	}
}

// settingsText names the settings that are set, for people: "link keycloak-database, latency 100ms".
func settingsText(f chaos.Fault) string {
	var out []string
	for _, s := range settingsOf(f) {
		if s.value.IsZero() {
			continue
		}
		text := fmt.Sprint(written(s.value))
		if s.value.Kind() == reflect.Slice {
			text = strings.Trim(text, "[]")
		}
		out = append(out, strings.ReplaceAll(s.key, "_", " ")+" "+text)
	}
	return strings.Join(out, ", ")
}

// fillDefaults gives every setting that is not set the default its tag names.
func fillDefaults(f chaos.Fault) {
	for _, s := range settingsOf(f) {
		if s.standard == "" || !s.value.IsZero() {
			continue
		}
		switch {
		case s.value.Type() == durationType:
			if d, err := parseDuration(s.standard); err == nil {
				s.value.SetInt(int64(d))
			}
		case s.value.CanInt():
			if n, err := parseSize(s.standard); err == nil {
				s.value.SetInt(n)
			}
		case s.value.Kind() == reflect.String:
			s.value.SetString(s.standard)
		}
	}
}
