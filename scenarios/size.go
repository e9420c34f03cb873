package scenarios

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sizePattern is what a JSON schema accepts for a size that is text.
const sizePattern = `^[0-9]+(\.[0-9]+)? ?(B|kB|MB|GB|KiB|MiB|GiB)?(/s)?$`

var size = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)(/s)?$`)

// sizeUnits are the units and their bytes, in the order they are shown.
var sizeUnits = []struct {
	name  string
	bytes float64
}{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

// parseSize reads a number of bytes, or of bytes a second: 65536, 64KiB, 1.5MB/s.
func parseSize(text string) (int64, error) {
	m := size.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, fmt.Errorf("%q is not a size: write a number and a unit, such as 64KiB or 1MB/s", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: write a number and a unit, such as 64KiB", text)
	}
	var names []string
	for _, u := range sizeUnits {
		names = append(names, u.name)
		if m[2] == u.name || m[2] == "" {
			if n *= u.bytes; n > math.MaxInt64/2 {
				return 0, fmt.Errorf("size %s is out of range", text)
			}
			return int64(n), nil
		}
	}
	return 0, fmt.Errorf("%q is not a size: unknown unit %q; there are %s%s", text, m[2], strings.Join(names, ", "), meant(m[2], names))
}
