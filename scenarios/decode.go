package scenarios

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// decoder puts YAML into Go values and notes where each came from. It is our own because every
// mistake is to be reported, at its place, with what was meant.
type decoder struct {
	*reader
	src     *source
	anchors map[string]ast.Node
}

func (r *reader) decoder(src *source, root ast.Node) *decoder {
	d := &decoder{reader: r, src: src, anchors: map[string]ast.Node{}}
	if root == nil {
		return d
	}
	for _, n := range ast.Filter(ast.AnchorType, root) {
		if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil && a.Value != nil {
			d.anchors[a.Name.String()] = a.Value
		}
	}
	return d
}

var (
	durationType  = reflect.TypeFor[time.Duration]()
	rateType      = reflect.TypeFor[Rate]()
	momentType    = reflect.TypeFor[Moment]()
	conditionType = reflect.TypeFor[Condition]()
	targetType    = reflect.TypeFor[Target]()
	faultType     = reflect.TypeFor[Fault]()
)

// decode puts n into v, which keeps its value where n has nothing for it.
func (d *decoder) decode(n ast.Node, v reflect.Value, path string, r rules) {
	d.places[path] = at(d.src, n)
	n = d.unwrap(n, path)
	if n == nil {
		return
	}
	if n.Type() == ast.NullType {
		if k := v.Kind(); k == reflect.Pointer || k == reflect.Slice {
			v.SetZero()
		}
		return
	}
	switch v.Type() {
	case durationType, rateType, momentType, conditionType:
		d.quantity(n, v, path, r)
		return
	case targetType:
		d.target(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.decode(n, v.Elem(), path, r)
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.list(n, v, path, r)
	default:
		d.scalar(n, v, path, r)
	}
}

// unwrap follows anchors and aliases to what they stand for; nil if that is nothing.
func (d *decoder) unwrap(n ast.Node, path string) ast.Node {
	for range 8 {
		switch w := n.(type) {
		case *ast.AnchorNode:
			n = w.Value
		case *ast.AliasNode:
			name := w.Value.String()
			to, ok := d.anchors[name]
			if !ok {
				d.wrong(path, "no anchor &%s in the file", name)
				return nil
			}
			n = to
		case *ast.TagNode:
			d.wrong(path, "a tag (%s) means nothing here; leave it out", w.Start.Value)
			return nil
		case nil:
			return nil
		default:
			return n
		}
	}
	d.wrong(path, "the alias stands for itself")
	return nil
}

// standsFor is unwrap for a look ahead: what is wrong is reported when the value is read.
func (d *decoder) standsFor(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok && a.Value != nil {
		return a.Value
	}
	if a, ok := n.(*ast.AliasNode); ok && d.anchors[a.Value.String()] != nil {
		return d.anchors[a.Value.String()]
	}
	return n
}

// wrong reports a problem of the value at path.
func (d *decoder) wrong(path, format string, a ...any) {
	d.report(d.places[path], path, format, a...)
}

// mapping is what was found of a struct's keys.
type mapping struct {
	path   string
	kind   string // of a fault: its kind; "?" if that is not known
	fields []field
	seen   map[string]place // keys, and where
	given  map[string]bool  // fields with a value, or a slip for them: not missing
}

// structure puts a mapping into a struct.
func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.wrong(path, "%s is a list of keys and values, not %s", title(path), shape(n))
		return
	}
	kind := ""
	if fault, ok := v.Addr().Interface().(*Fault); ok {
		kind = d.kindFirst(pairs, fault)
	}
	m := mapping{path: path, kind: kind, fields: fieldsIn(v), seen: map[string]place{}, given: map[string]bool{}}
	for _, pair := range pairs {
		d.pair(pair, m)
	}
	for _, f := range m.fields {
		if f.required && !m.given[f.key] && (path == "" || f.value.IsZero()) {
			d.report(d.places[path], join(path, f.key), "%s is missing in %s", f.key, title(path))
		}
	}
}

// kindFirst finds a fault's kind wherever it stands: the other keys depend on it.
func (d *decoder) kindFirst(pairs []*ast.MappingValueNode, f *Fault) string {
	for _, pair := range pairs {
		if pair.Key.GetToken().Value == "kind" && pair.Value != nil {
			if n := d.standsFor(pair.Value); scalar(n) {
				f.Kind = raw(n)
			}
		}
	}
	if f.settle(); f.Settings == nil {
		f.Kind = ""
		return "?"
	}
	return f.Kind
}

// pair puts one key's value into its field.
func (d *decoder) pair(pair *ast.MappingValueNode, m mapping) {
	here := at(d.src, pair.Key)
	if pair.Key.IsMergeKey() {
		d.report(here, m.path, "merge keys (<<) are not understood; write the values out")
		return
	}
	key := pair.Key.GetToken().Value
	if before, twice := m.seen[key]; twice {
		d.report(here, join(m.path, key), "%s is given twice; first in line %d", key, before.line)
		return
	}
	m.seen[key] = here
	for _, f := range m.fields {
		if f.key == key {
			m.given[key] = pair.Value != nil && pair.Value.Type() != ast.NullType
			d.decode(pair.Value, f.value, join(m.path, key), f.rules)
			return
		}
	}
	if having := havingSetting(key); m.kind != "" && len(having) > 0 {
		if m.kind != "?" {
			d.report(here, join(m.path, key), "%s is no setting of %s; it is one of %s", key, m.kind, strings.Join(having, ", "))
		}
		return
	}
	hint := "; there are " + strings.Join(keys(m.fields), ", ")
	near := Nearest(key, keys(m.fields))
	if near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
		m.given[near] = true
	}
	// Whatever follows from the value that was meant not being there is not reported as well.
	d.report(here, join(m.path, cmp.Or(near, key)), "unknown key %q in %s%s", key, title(m.path), hint)
}

// list puts a sequence into a slice, whose old elements go.
func (d *decoder) list(n ast.Node, v reflect.Value, path string, r rules) {
	s, ok := n.(*ast.SequenceNode)
	if !ok && scalar(n) && v.Type().Elem().Kind() == reflect.String && strings.HasPrefix(path, "faults[") {
		one := reflect.New(v.Type().Elem()).Elem()
		d.decode(n, one, path, r)
		v.Set(reflect.Append(reflect.Zero(v.Type()), one)) // one name stands for a list of one, as in target
		return
	}
	if !ok {
		d.wrong(path, "%s is a list, not %s; begin each entry with a dash", title(path), shape(n))
		return
	}
	if len(s.Values) == 0 {
		v.SetZero() // an empty list and none are the same
		return
	}
	out := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, e := range s.Values {
		entry := fmt.Sprintf("%s[%d]", path, i)
		d.decode(e, out.Index(i), entry, r)
		if e == nil || e.Type() == ast.NullType {
			d.wrong(entry, "%s is empty", entry)
		}
	}
	v.Set(out)
}

// title is what a path is called in a sentence.
func title(path string) string {
	if path == "" {
		return "the scenario"
	}
	return path
}

// shape says what kind of thing a node is.
func shape(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", raw(n))
}

// raw is a scalar as it was written, without quotes.
func raw(n ast.Node) string {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value
	case *ast.LiteralNode:
		return s.Value.Value
	}
	if tok := n.GetToken(); tok != nil {
		return tok.Value
	}
	return ""
}
