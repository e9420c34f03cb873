package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of arrivals per second. It is written 4/s, 74/min, 30/h or as a bare number
// per second.
type Rate float64

// ratePattern is what a JSON schema accepts for a rate that is text.
const ratePattern = `^[0-9]+(\.[0-9]+)?(/(s|sec|second|m|min|minute|h|hour))?$`

// rateUnits are the units and how many seconds they have.
var rateUnits = map[string]float64{
	"s": 1, "sec": 1, "second": 1,
	"m": 60, "min": 60, "minute": 60,
	"h": 3600, "hour": 3600,
}

// parseRate reads a rate. The greatest one keeps arithmetic on nanoseconds meaningful.
func parseRate(text string) (Rate, error) {
	number, unit, slash := strings.Cut(strings.TrimSpace(text), "/")
	per := 1.0
	if slash {
		var known bool
		if per, known = rateUnits[strings.TrimSpace(unit)]; !known {
			return 0, fmt.Errorf("%q is not a rate: unknown unit %q; write it per s, min or h, such as 4/s%s",
				text, unit, meant(unit, []string{"s", "min", "h"}))
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%q is not a rate: write a number and a unit, such as 4/s or 74/min", text)
	}
	if r := n / per; r < 0 || r > 1e6 {
		return 0, fmt.Errorf("rate %s is out of range: between 0 and 1000000/s", text)
	}
	return Rate(n / per), nil
}

// String writes the rate so that it reads back as the same number.
func (r Rate) String() string {
	if perMinute := float64(r) * 60; !short(float64(r)) && perMinute > 0 {
		if n := math.Round(perMinute*1e6) / 1e6; short(n) && Rate(n/60) == r {
			return plain(n) + "/min"
		}
	}
	return plain(float64(r)) + "/s"
}

// MarshalYAML writes the rate with its unit.
func (r Rate) MarshalYAML() ([]byte, error) { return []byte(r.String()), nil }

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// short says that n has at most three decimals.
func short(n float64) bool { return len(plain(n)) <= len(plain(math.Trunc(n)))+4 }
