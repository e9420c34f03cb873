package reports

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"holdfast/load"
)

// A run of a million arrivals has several million records, nearly all of three kinds, each a
// flat object as the Writer makes it. Those are decoded here, five times as fast as by reflection
// and with equal words held once; whatever looks different in any way goes to encoding/json,
// which alone decides what a record means.

// words holds each text once.
type words map[string]string

func (w words) of(b []byte) string {
	if s, ok := w[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w) < 1<<16 { // text that never repeats must not be kept twice
		w[s] = s
	}
	return s
}

// pushFlat decodes a record and appends it.
func pushFlat[T any](d *reader, to *[]T, body []byte, decode func([]byte, *T) bool) bool {
	if len(*to) == cap(*to) {
		grow(d, to)
	}
	var v T
	if !decode(body, &v) {
		var again T
		if json.Unmarshal(body, &again) != nil {
			return false
		}
		v = again
	}
	*to = append(*to, v)
	return true
}

// grow makes room for as many as the part of the file that was read lets expect of the rest, so
// that a large History is not copied over and over.
func grow[T any](d *reader, to *[]T) {
	n := len(*to)
	room := 2*n + 64
	if d.done > 0 && n > 1000 {
		room = min(4*n, max(n+n/8, int(float64(n)*float64(d.size)/float64(d.done)*1.02)))
	}
	bigger := make([]T, n, room)
	copy(bigger, *to)
	*to = bigger
}

// pair is one key of a flat object with its value as it is written, without quotes.
type pair struct {
	key, value []byte
	quoted     bool
}

// next takes the first pair off the rest of an object; ok is false when it is not one of the
// simplest form.
func next(rest []byte) (p pair, after []byte, ok bool) {
	if len(rest) < 4 || rest[0] != '"' {
		return p, nil, false
	}
	rest = rest[1:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 || end+2 >= len(rest) || rest[end+1] != ':' {
		return p, nil, false
	}
	p.key, rest = rest[:end], rest[end+2:]
	if rest[0] == '"' {
		rest, p.quoted = rest[1:], true
		end = bytes.IndexByte(rest, '"')
		if end < 0 || !simple(rest[:end]) {
			return p, nil, false
		}
		p.value, rest = rest[:end], rest[end+1:]
	} else {
		end = bytes.IndexAny(rest, ",}")
		if end < 1 {
			return p, nil, false
		}
		p.value, rest = rest[:end], rest[end:]
	}
	return p, rest, len(rest) > 0
}

// simple says that text means itself in JSON.
func simple(text []byte) bool {
	for _, c := range text {
		if c < 0x20 || c >= 0x80 || c == '\\' {
			return false
		}
	}
	return true
}

// flat calls set with every pair of the object, and says whether that was all there is.
func flat(body []byte, set func(pair) bool) bool {
	if len(body) < 2 || body[0] != '{' {
		return false
	}
	rest := body[1:]
	for {
		p, after, ok := next(rest)
		if !ok || !set(p) {
			return false
		}
		switch after[0] {
		case ',':
			rest = after[1:]
		case '}':
			return len(after) == 1
		default:
			return false
		}
	}
}

func (p pair) text(w words, to *string) bool {
	*to = w.of(p.value)
	return p.quoted
}

func (p pair) duration(to *time.Duration) bool {
	n, err := strconv.ParseInt(string(p.value), 10, 64)
	*to = time.Duration(n)
	return err == nil && p.plain()
}

func (p pair) count(to *int) bool {
	n, err := strconv.Atoi(string(p.value))
	*to = n
	return err == nil && p.plain()
}

// number takes a whole number or one with decimals; an exponent is left to others.
func (p pair) number(to *float64) bool {
	x, err := strconv.ParseFloat(string(p.value), 64)
	*to = x
	whole, decimals, point := bytes.Cut(p.value, []byte("."))
	return err == nil && pair{value: whole, quoted: p.quoted}.plain() && len(bytes.Trim(whole, "-0123456789")) == 0 &&
		(!point || len(decimals) > 0 && len(bytes.Trim(decimals, "0123456789")) == 0)
}

// plain says that a whole number is written as JSON has it: no quotes, no plus, no leading zero.
func (p pair) plain() bool {
	v := bytes.TrimPrefix(p.value, []byte("-"))
	return !p.quoted && len(v) > 0 && v[0] >= '0' && v[0] <= '9' && (v[0] != '0' || len(v) == 1)
}

func (p pair) truth(to *bool) bool {
	*to = string(p.value) == "true"
	return !p.quoted && (*to || string(p.value) == "false")
}

func (p pair) sequence(to *uint64) bool {
	n, err := strconv.ParseUint(string(p.value), 10, 64)
	*to = n
	return err == nil && p.plain()
}

func (p pair) outcome(w words, to *load.Outcome) bool {
	*to = load.Outcome(w.of(p.value))
	return p.quoted
}
