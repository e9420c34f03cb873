package scenarios

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Moment is when something begins: at From or, when To is later, at an instant between them that
// the seed chooses.
type Moment struct{ From, To time.Duration }

// momentPattern is what a JSON schema accepts for a moment.
const momentPattern = `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)(\.\.(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+))?$`

// parseMoment reads 10s or 10s..40s.
func parseMoment(text string) (Moment, error) {
	from, to, span := strings.Cut(text, "..")
	var m Moment
	var err error
	if m.From, err = parseDuration(strings.TrimSpace(from)); err != nil || !span {
		return m, err
	}
	if m.To, err = parseDuration(strings.TrimSpace(to)); err != nil {
		return m, err
	}
	if m.To <= m.From {
		return m, fmt.Errorf("%q ends before it begins: write the earlier time first, such as 10s..40s", text)
	}
	return m, nil
}

// String writes the moment as it is read.
func (m Moment) String() string {
	if m.To > m.From {
		return Brief(m.From) + ".." + Brief(m.To)
	}
	return Brief(m.From)
}

// MarshalYAML writes the moment as it is read.
func (m Moment) MarshalYAML() ([]byte, error) { return []byte(m.String()), nil }

// latest is the last instant it can be.
func (m Moment) latest() time.Duration { return max(m.From, m.To) }

// choose is the instant the seed chooses, to the millisecond.
func (m Moment) choose(seed uint64) time.Duration {
	span := (m.latest() - m.From).Milliseconds()
	if span == 0 {
		return m.From
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	return m.From + time.Duration(rng.Int64N(span+1))*time.Millisecond
}
