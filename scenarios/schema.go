package scenarios

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema of scenario files, for editors. It cannot say everything that [Load]
// checks: which nodes there are, or which faults can go together.
func Schema() []byte {
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Anonymous:                  true,
		ExpandedStruct:             true,
		Mapper:                     schemaOf,
	}
	schema := r.Reflect(&Scenario{})
	schema.Title = "holdfast scenario"
	schema.Description = "One experiment: a deployment, its traffic, what is broken, and what was promised."
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("scenarios: the schema cannot be written: " + err.Error())
	}
	return append(out, '\n')
}

// schemaOf is the schema of the types that are text in a file.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	switch t {
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
