package reports

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

func encodeResult(r *Report) ([]byte, error) {
	body, err := json.MarshalIndent(r, "", "  ")
	return append(body, '\n'), err
}

// ResultSchema is the JSON Schema of result.json.
func ResultSchema() []byte {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true}
	s := reflector.Reflect(&Report{})
	s.Title = "holdfast result"
	s.Description = "What was concluded from one run. Fields ending in _ms are milliseconds, in offsets from the start of the run where they are instants; fields ending in _ratio are shares from 0 to 1."
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("reports: the result schema cannot be encoded: " + err.Error()) // a fixed value: only a broken build can
	}
	return append(body, '\n')
}
