package load

import (
	"encoding/json"
	"strconv"
	"time"
)

// AppendJSON appends the arrival as encoding/json would write it, at a fraction of the cost: there
// is a record for every arrival and every request, and the generator shares its cores.
func (a Arrival) AppendJSON(b []byte) []byte {
	b = appendText(append(b, `{"class":`...), a.Class)
	if a.Client != "" {
		b = appendText(append(b, `,"client":`...), a.Client)
	}
	b = appendText(append(b, `,"journey":`...), a.Journey)
	b = strconv.AppendUint(append(b, `,"seq":`...), a.Seq, 10)
	b = appendTime(append(b, `,"due":`...), a.Due)
	b = appendTime(append(b, `,"start":`...), a.Start)
	b = appendTime(append(b, `,"end":`...), a.End)
	b = appendText(append(b, `,"outcome":`...), string(a.Outcome))
	if a.Reason != "" {
		b = appendText(append(b, `,"reason":`...), a.Reason)
	}
	if a.Step != "" {
		b = appendText(append(b, `,"step":`...), a.Step)
	}
	if a.Dropped {
		b = append(b, `,"dropped":true`...)
	}
	if a.Starved {
		b = append(b, `,"starved":true`...)
	}
	if a.Held != 0 {
		b = appendTime(append(b, `,"held":`...), a.Held)
	}
	return append(b, '}')
}

// AppendJSON appends the operation; see [Arrival.AppendJSON].
func (o Operation) AppendJSON(b []byte) []byte {
	b = appendText(append(b, `{"class":`...), o.Class)
	if o.Client != "" {
		b = appendText(append(b, `,"client":`...), o.Client)
	}
	b = appendText(append(b, `,"journey":`...), o.Journey)
	b = strconv.AppendUint(append(b, `,"seq":`...), o.Seq, 10)
	b = appendText(append(b, `,"step":`...), o.Step)
	b = appendTime(append(b, `,"due":`...), o.Due)
	b = appendTime(append(b, `,"start":`...), o.Start)
	b = appendTime(append(b, `,"end":`...), o.End)
	b = appendText(append(b, `,"outcome":`...), string(o.Outcome))
	if o.Reason != "" {
		b = appendText(append(b, `,"reason":`...), o.Reason)
	}
	if o.Status != 0 {
		b = strconv.AppendInt(append(b, `,"status":`...), int64(o.Status), 10)
	}
	if o.Remote != "" {
		b = appendText(append(b, `,"remote":`...), o.Remote)
	}
	if o.Node != "" {
		b = appendText(append(b, `,"node":`...), o.Node)
	}
	if o.Reused {
		b = append(b, `,"reused":true`...)
	}
	if o.Retries != 0 {
		b = strconv.AppendInt(append(b, `,"retries":`...), int64(o.Retries), 10)
	}
	if o.Held != 0 {
		b = appendTime(append(b, `,"held":`...), o.Held)
	}
	return append(b, '}')
}

func appendTime(b []byte, d time.Duration) []byte { return strconv.AppendInt(b, int64(d), 10) }

// appendText quotes by itself what needs no escape, which is nearly all there is.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
