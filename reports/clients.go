package reports

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"holdfast/load"
)

// checkClients tells the client profiles of a mix apart: how available the deployment was to
// each, its longest outage, when it was served as before, and how long it went on using an
// address that no answer named any more. What is promised is judged over all of them.
func checkClients(v *view) []Finding {
	if len(v.Meta.Clients) < 2 {
		return nil
	}
	var out []Finding
	gone := v.goneAddresses()
	for _, c := range v.Meta.Clients {
		own := v.of(c.Name)
		if len(own.load) == 0 {
			out = append(out, unknown("", "clients "+c.Name+" are told apart", "arrivals of the client profile "+c.Name))
			continue
		}
		out = append(out, own.clientFinding(c, gone))
	}
	return out
}

// of is the view of one client profile's arrivals alone.
func (v *view) of(client string) *view {
	own := *v
	h := *v.History
	own.History = &h
	own.load, own.phase, own.byPhase, own.byClass, own.byJourney = nil, nil, map[string][]int{}, map[string][]int{}, map[string][]int{}
	for i, a := range v.load {
		if a.Client == client {
			own.byPhase[v.phase[i]] = append(own.byPhase[v.phase[i]], len(own.load))
			own.load, own.phase = append(own.load, a), append(own.phase, v.phase[i])
		}
	}
	return &own
}

func (v *view) clientFinding(c ClientMeta, gone map[string]time.Duration) Finding {
	bad, n := v.count(v.load)
	f := ratioInfo("clients "+c.Name+" ("+strings.Join(slices.DeleteFunc([]string{c.Profile, "HTTP/" + c.HTTP}, func(s string) bool { return s == "" || s == "HTTP/" }), ", ")+")", bad, n)
	found, _ := v.gaps(v.load, v.phases.All)
	if g := longest(found); g.bad > 0 {
		f.Measured += "; longest outage " + between(g.least(), g.most())
		f.Numbers["outage_lower_ms"], f.Numbers["outage_upper_ms"] = ms(g.least()), ms(g.most())
	} else {
		f.Measured += "; no outage"
	}
	for _, in := range v.Injections {
		if in.Receipt.Proven() {
			s := span{*in.Receipt.Effective, v.phases.All.To}
			back := v.settles(s)
			f.Measured += "; after " + in.ID + " " + recoveryPart(back, s)
			f.Numbers["recovery_lower_ms"] = max(f.Numbers["recovery_lower_ms"], ms(back.Least-s.From))
		}
	}
	v.staleUse(c.Name, gone, &f)
	return f
}

// goneAddresses are the addresses that DNS answers named and then did not for the rest of the
// run, with the instant of the last answer that did.
func (v *view) goneAddresses() map[string]time.Duration {
	last := map[string]time.Duration{}
	newest := time.Duration(-1)
	var current []string
	for _, l := range v.Lookups {
		if l.Err != "" || len(l.Addrs) == 0 {
			continue
		}
		for _, a := range l.Addrs {
			last[a] = max(last[a], l.At)
		}
		if l.At >= newest {
			newest, current = l.At, l.Addrs
		}
	}
	for _, a := range current {
		delete(last, a)
	}
	return last
}

// staleUse adds how long the client's operations went on, on connections to addresses after the
// last answer that named them.
func (v *view) staleUse(client string, gone map[string]time.Duration, f *Finding) {
	lookups := 0
	for _, l := range v.Lookups {
		if l.Client == client {
			lookups++
		}
	}
	f.Numbers["lookups"] = float64(lookups)
	f.Measured += "; " + plural(lookups, "lookup")
	if len(gone) == 0 {
		return
	}
	used, bad, stale := 0, 0, time.Duration(0)
	for i := range v.Operations {
		o := &v.Operations[i]
		since, dead := gone[hostOf(o.Remote)]
		if o.Client != client || !dead || o.Start <= since {
			continue
		}
		used++
		if o.Outcome != load.OK {
			bad++
		}
		stale = max(stale, o.Start-since)
	}
	f.Numbers["stale_operations"], f.Numbers["stale_bad"], f.Numbers["stale_ms"] = float64(used), float64(bad), ms(stale)
	if used == 0 {
		f.Measured += ", no address used after the last answer that named it"
		return
	}
	f.Measured += fmt.Sprintf(", used an address for %s after the last answer that named it (%s, %d bad)", say(stale), plural(used, "operation"), bad)
}

// hostOf is the address of a connection without its port.
func hostOf(remote string) string {
	if a, err := netip.ParseAddrPort(remote); err == nil {
		return a.Addr().String()
	}
	return remote
}
