package scenarios

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// durationPattern is what a JSON schema accepts for a duration.
const durationPattern = `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`

// spelled are units as people write them and as they must be written.
var spelled = map[string]string{
	"sec": "s", "secs": "s", "second": "s", "seconds": "s",
	"min": "m", "mins": "m", "minute": "m", "minutes": "m",
	"hour": "h", "hours": "h", "hr": "h", "msec": "ms", "millis": "ms", "": "s",
}

var numberAndUnit = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) *([A-Za-zµ]*)$`)

// parseDuration reads a duration, which always has a unit.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		return 0, fmt.Errorf("duration %s is negative", text)
	}
	if err == nil {
		return d, nil
	}
	hint := ""
	if m := numberAndUnit.FindStringSubmatch(text); m != nil {
		unit, known := spelled[strings.ToLower(m[2])]
		if !known {
			unit = strings.ToLower(m[2])
		}
		if _, err := time.ParseDuration(m[1] + unit); err == nil {
			hint = fmt.Sprintf("; did you mean %s?", m[1]+unit)
		}
	}
	return 0, fmt.Errorf("%q is not a duration: write a number and a unit (ms, s, m, h), such as 30s or 1m30s%s", text, hint)
}

// Brief writes a duration without the zero parts that time.Duration prints: 1m, not 1m0s.
func Brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
