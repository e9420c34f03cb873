package scenarios

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"holdfast/chaos"
)

// rules are what a field's jsonschema tag asks of its value.
type rules struct {
	enum     []string
	min, max *int64
	required bool
	signed   bool   // a duration may be negative: a setting, which its fault checks
	standard string // the default, as written
}

// field is a field of a struct value that YAML may set.
type field struct {
	key   string
	value reflect.Value
	rules
}

// fieldsIn lists the fields of a struct by their yaml keys; a [Fault] has those of its settings too.
func fieldsIn(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		f := field{key: key, value: v.Field(i), rules: parseRules(v.Type().Field(i).Tag.Get("jsonschema"))}
		if v.Type() == faultType && key == "kind" {
			f.enum = chaos.Kinds()
		}
		out = append(out, f)
	}
	if fault, ok := v.Interface().(Fault); ok {
		for _, s := range settingsOf(fault.Settings) {
			s.signed = true
			out = append(out, s)
		}
	}
	return out
}

func keys(fields []field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.key)
	}
	return out
}

// parseRules reads a jsonschema tag, so that the schema and the errors cannot disagree.
func parseRules(tag string) rules {
	var r rules
	for part := range strings.SplitSeq(tag, ",") {
		key, value, _ := strings.Cut(part, "=")
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case key == "required":
			r.required = true
		case key == "enum":
			r.enum = append(r.enum, value)
		case key == "default":
			r.standard = value
		case key == "minimum" && err == nil:
			r.min = &n
		case key == "maximum" && err == nil:
			r.max = &n
		}
	}
	return r
}

// shortList is how many words are shown also when it is plain which one was meant.
const shortList = 10

// scalar puts text, a number or a truth value into v.
func (d *decoder) scalar(n ast.Node, v reflect.Value, path string, r rules) {
	if !scalar(n) {
		d.wrong(path, "%s is one value, not %s", title(path), shape(n))
		return
	}
	text := raw(n)
	switch v.Kind() {
	case reflect.String:
		if len(r.enum) > 0 && !slices.Contains(r.enum, text) {
			hint := meant(text, r.enum)
			if hint == "" || len(r.enum) <= shortList {
				hint = "; there are " + strings.Join(r.enum, ", ") + hint
			}
			d.wrong(path, "unknown %s %q%s", last(path), text, hint)
			return
		}
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			d.wrong(path, "%s is true or false, not %q", title(path), text)
			return
		}
		v.SetBool(text == "true")
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			d.wrong(path, "%s is a number, not %q%s", title(path), text, percent(text))
			return
		}
		v.SetFloat(f)
	default:
		d.whole(text, v, path, r)
	}
}

// whole puts a whole number into v.
func (d *decoder) whole(text string, v reflect.Value, path string, r rules) {
	if v.CanUint() {
		u, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			d.wrong(path, "%s is a whole number from 0, not %q", title(path), text)
			return
		}
		v.SetUint(u)
		return
	}
	i, err := strconv.ParseInt(text, 10, 32)
	if v.Kind() == reflect.Int64 {
		if i, err = parseSize(text); err != nil {
			d.wrong(path, "%v", err)
			return
		}
	}
	switch {
	case err != nil:
		d.wrong(path, "%s is a whole number, not %q", title(path), text)
	case r.min != nil && i < *r.min || r.max != nil && i > *r.max:
		d.wrong(path, "%s is %d, out of range: %s", title(path), i, r.span())
	default:
		v.SetInt(i)
	}
}

// span says which numbers the rules allow.
func (r rules) span() string {
	switch {
	case r.max == nil:
		return fmt.Sprintf("at least %d", *r.min)
	case r.min == nil:
		return fmt.Sprintf("at most %d", *r.max)
	}
	return fmt.Sprintf("between %d and %d", *r.min, *r.max)
}

// percent tells a person who wrote 0.1% what to write.
func percent(text string) string {
	number, ok := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil {
		return ""
	}
	return "; did you mean " + strconv.FormatFloat(f/100, 'g', 6, 64) + "?"
}

// quantity puts a value of a type of ours, such as a duration or a rate, into v.
func (d *decoder) quantity(n ast.Node, v reflect.Value, path string, r rules) {
	if !scalar(n) {
		d.wrong(path, "%s is one value, not %s", title(path), shape(n))
		return
	}
	parse := map[reflect.Type]func(string) (any, error){
		durationType:  read1(parseDuration),
		rateType:      read1(parseRate),
		momentType:    read1(parseMoment),
		conditionType: read1(parseCondition),
	}[v.Type()]
	text, behind := raw(n), false
	if r.signed {
		text, behind = strings.CutPrefix(text, "-")
	}
	value, err := parse(text)
	if err != nil {
		d.wrong(path, "%v", err)
		return
	}
	if after, ok := value.(time.Duration); ok && behind {
		value = -after
	}
	v.Set(reflect.ValueOf(value))
}

// read1 is parse with its result as any.
func read1[T any](parse func(string) (T, error)) func(string) (any, error) {
	return func(text string) (any, error) { return parse(text) }
}

// target puts a name, a selector or a list of names into v.
func (d *decoder) target(n ast.Node, v reflect.Value, path string) {
	if scalar(n) {
		v.Set(reflect.ValueOf(Target{raw(n)}))
		return
	}
	var names []string
	d.list(n, reflect.ValueOf(&names).Elem(), path, rules{})
	v.Set(reflect.ValueOf(Target(names)))
}

func scalar(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		return false
	}
	return true
}

// last is the last key of a path.
func last(path string) string {
	for strings.HasSuffix(path, "]") {
		path = path[:strings.LastIndex(path, "[")]
	}
	return path[strings.LastIndex(path, ".")+1:]
}
