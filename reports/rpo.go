package reports

import (
	"fmt"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// rpoEvidence is how old the newest acknowledged event before a disruption may be and still show
// that recent events were kept.
const rpoEvidence = 10 * time.Second

// checkRPO is, for each disruption, how far before it the oldest acknowledged event lies that it
// cost: logins, rotations and logouts of the ledger.
//
//	newest kept      oldest lost        requested … effective
//	     └───────── at most ────────────────────────┘
//	                     └── at least ──────┘
func checkRPO(v *view) []Finding {
	limit := v.objectives.RPO
	if !v.disrupted() {
		if limit == nil {
			return nil
		}
		return []Finding{{Claim: rpoClaim(limit, "any disruption"), Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	var out []Finding
	for _, in := range v.Injections {
		if in.Receipt.Proven() && (limit != nil || len(v.Sessions) > 0) {
			out = append(out, rpo(v, in))
		}
	}
	if len(out) == 0 && limit != nil {
		return []Finding{unknown("", rpoClaim(limit, "a disruption"), "a disruption that is proven to have taken effect")}
	}
	return out
}

func rpoClaim(limit *time.Duration, what string) string {
	switch {
	case limit == nil:
		return "acknowledged events lost to " + what
	case *limit == 0:
		return "no acknowledged event lost to " + what
	}
	return "no acknowledged event older than " + say(*limit) + " lost to " + what
}

// acked is the newest acknowledged event of a session.
func acked(s load.Session) time.Duration { return max(s.Acked, s.Since) }

// loss is what the ledger says of one disruption.
type loss struct {
	surely, could int           // sessions lost to it; could counts those that an earlier one may have cost too
	oldest, kept  time.Duration // the oldest event lost; the newest kept before that
	sure          time.Duration // the oldest event surely lost
	newest        time.Duration // the newest event that is known of before the effect
	anyKept       bool
	known         int // sessions acknowledged before the effect whose fate is known
	open          []time.Duration
}

func rpo(v *view, in chaos.Injection) Finding {
	requested, effective := *in.Receipt.Requested, *in.Receipt.Effective
	l := v.losses(in)
	limit := v.objectives.RPO
	f := Finding{Claim: rpoClaim(limit, in.ID), Verdict: Pass, Numbers: map[string]float64{
		"lost": float64(l.could), "surely_lost": float64(l.surely), "indeterminate": float64(len(l.open)), "sessions": float64(l.known)}}
	var least, most time.Duration
	if l.could > 0 {
		least, most = max(0, requested-l.oldest), max(0, effective-l.oldest)
		if l.anyKept {
			most = max(0, effective-l.kept)
		}
		f.Numbers["rpo_lower_ms"], f.Numbers["rpo_upper_ms"] = ms(least), ms(most)
	}
	f.Measured = l.text(least, most, effective)
	if limit == nil {
		f.Info = true
		return f
	}
	f.Verdict, f.Missing = l.judge(*limit, max(0, requested-l.sure), most, effective)
	return f
}

// losses reads the ledger for one disruption. A session can have been lost to the last
// disruption before its newest event, or to any later one before its fate was established.
func (v *view) losses(in chaos.Injection) loss {
	effective := *in.Receipt.Effective
	l := loss{oldest: 1 << 62, sure: 1 << 62}
	for _, s := range v.Sessions {
		t := acked(s)
		switch {
		case isLock(s):
			continue
		case s.Fate == load.Lost && v.costs(in, s):
			l.could++
			l.oldest = min(l.oldest, t)
			if v.firstToCost(in, s) {
				l.surely++
				l.sure = min(l.sure, t)
			}
		case undecided(s.Fate) && v.costs(in, s):
			l.open = append(l.open, t)
		}
		if s.Since <= effective && !undecided(s.Fate) {
			l.known++
			if t <= effective {
				l.newest = max(l.newest, t)
			}
		}
	}
	for _, s := range v.Sessions {
		if s.Fate != load.Kept && s.Fate != load.Ended || isLock(s) {
			continue
		}
		for _, t := range []time.Duration{s.Since, acked(s)} {
			if t <= effective {
				l.newest = max(l.newest, t)
			}
			if t < l.oldest && t <= effective {
				l.kept, l.anyKept = max(l.kept, t), true
			}
		}
	}
	return l
}

// costs says that the disruption can be what became of the session: it was the last one before
// the newest event, or came after it, and the fate was not known yet.
func (v *view) costs(in chaos.Injection, s load.Session) bool {
	t, effective := acked(s), *in.Receipt.Effective
	if s.Decided > 0 && s.Decided < *in.Receipt.Requested {
		return false
	}
	if t <= effective {
		return true
	}
	for _, other := range v.Injections {
		if e := other.Receipt.Effective; e != nil && other.ID != in.ID && *e > effective && *e <= t {
			return false
		}
	}
	return true
}

// firstToCost says that no earlier disruption can have cost the session. Whichever it was, the
// event was then at least as old as it was for this one.
func (v *view) firstToCost(in chaos.Injection, s load.Session) bool {
	for _, other := range v.Injections {
		if other.ID != in.ID && other.Receipt.Proven() && *other.Receipt.Effective < *in.Receipt.Effective && v.costs(other, s) {
			return false
		}
	}
	return true
}

func (l loss) text(least, most, effective time.Duration) string {
	var t string
	switch {
	case l.known == 0 && l.could == 0:
		return "no session before it is known of"
	case l.could == 0:
		t = fmt.Sprintf("none of %s lost, the newest event %s before it", plural(l.known, "session"), say(max(0, effective-l.newest)))
	case l.oldest > effective:
		t = fmt.Sprintf("%s lost, all acknowledged after it took effect", plural(l.could, "session"))
	default:
		t = fmt.Sprintf("%s lost, the oldest acknowledged %s before it", plural(l.could, "session"), between(least, most))
		if !l.anyKept {
			t += " (none older is known to be kept)"
		}
	}
	if n := len(l.open); n > 0 {
		t += fmt.Sprintf(", %d indeterminate", n)
	}
	return t
}

// judge compares the least age of what was surely lost, and the greatest of all that may have
// been, with the limit. An unknown fate matters only if the answer could be another.
func (l loss) judge(limit, least, most, effective time.Duration) (Verdict, string) {
	older := 0
	for _, t := range l.open {
		if limit == 0 || effective-t > limit {
			older++
		}
	}
	switch {
	case l.surely > 0 && (limit == 0 || least > limit):
		return Fail, ""
	case l.could > l.surely && (limit == 0 || most > limit):
		return Inconclusive, "one disruption at a time: another may have cost these sessions"
	case older > 0:
		return Inconclusive, fmt.Sprintf("an answer about %s", plural(older, "session"))
	case l.could > 0 && limit > 0 && most > limit && l.anyKept:
		return Inconclusive, "the limit lies between two events: log in and refresh more often"
	case l.known == 0:
		return Inconclusive, "sessions acknowledged before the disruption, and what became of them"
	case l.could == 0 && effective-l.newest > max(limit, rpoEvidence):
		return Inconclusive, fmt.Sprintf("an event less than %s before the disruption; the newest was %s before it", say(max(limit, rpoEvidence)), say(effective-l.newest))
	}
	return Pass, ""
}
