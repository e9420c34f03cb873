package scenarios

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"

	"holdfast/chaos"
)

// Schema is the JSON Schema of scenario files, for editors. It cannot say everything that [Load]
// checks: which nodes there are, or which faults can go together.
func Schema() []byte {
	schema := reflector(schemaOf).Reflect(&Scenario{})
	schema.Title = "holdfast scenario"
	schema.Description = "One experiment: a deployment, its traffic, what is broken, and what was promised."
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("scenarios: the schema cannot be written: " + err.Error())
	}
	return append(out, '\n')
}

func reflector(mapper func(reflect.Type) *jsonschema.Schema) *jsonschema.Reflector {
	return &jsonschema.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Anonymous:                  true,
		ExpandedStruct:             true,
		DoNotReference:             true,
		Mapper:                     mapper,
	}
}

// faultSchema is one schema for each kind of fault, with the kind's settings.
func faultSchema() *jsonschema.Schema {
	out := &jsonschema.Schema{}
	for _, kind := range chaos.Kinds() {
		f, err := chaos.New(kind, nil)
		if err != nil {
			continue
		}
		one := reflector(textOf).Reflect(&Fault{})
		one.Version = ""
		one.Properties.Set("kind", &jsonschema.Schema{Const: kind})
		own := reflector(settingOf).Reflect(f)
		for p := own.Properties.Oldest(); p != nil; p = p.Next() {
			one.Properties.Set(p.Key, p.Value)
		}
		one.Required = append(one.Required, own.Required...)
		if implied[kind] == "" {
			one.Required = append(one.Required, "target")
		}
		out.AnyOf = append(out.AnyOf, one)
	}
	return out
}

// settingOf is the schema of a setting's type: what [textOf] knows, and sizes and names, which
// may be text.
func settingOf(t reflect.Type) *jsonschema.Schema {
	switch {
	case t == durationType:
		return &jsonschema.Schema{Type: "string", Pattern: "^-?" + durationPattern[1:], Examples: []any{"30s", "1m30s"}}
	case t.Kind() == reflect.Int64:
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "string", Pattern: sizePattern, Examples: []any{"64KiB", "1MB/s"}},
			{Type: "integer", Minimum: "0"},
		}}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "array", Items: &jsonschema.Schema{Type: "string"}}}}
	}
	return textOf(t)
}

// schemaOf is the schema of the types that are not written as they are built.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	if t == faultType {
		return faultSchema()
	}
	return textOf(t)
}

// textOf is the schema of the types that are text in a file.
func textOf(t reflect.Type) *jsonschema.Schema {
	switch t {
	case momentType:
		return &jsonschema.Schema{Type: "string", Pattern: momentPattern, Examples: []any{"10s", "10s..40s"}}
	case conditionType:
		return &jsonschema.Schema{Type: "string", Pattern: conditionPattern, Examples: []any{"sessions >= 200", "leader == pg-2 within 90s"}}
	case durationType:
		return &jsonschema.Schema{Type: "string", Pattern: durationPattern, Examples: []any{"30s", "1m30s"}}
	case rateType:
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "string", Pattern: ratePattern, Examples: []any{"4/s", "74/min"}},
			{Type: "number", Minimum: "0"},
		}}
	case targetType:
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "string", Examples: []any{"kc-1", "any keycloak", "all keycloak"}},
			{Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: ptr(uint64(1))},
		}}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }
