package reports

import (
	"time"

	"holdfast/load"
)

// Service has recovered when a stretch of calm has begun: in every stretch of calmTime from then
// on, at least calmShare of the arrivals are good. One bad arrival in a stretch is let pass
// whatever the rate, or no low rate could ever be calm.
const (
	calmTime  = 10 * time.Second
	calmShare = 0.99
	calmLeast = 5 * time.Second // of a stretch cut off by the end
	// calmGap is how many good arrivals must lie between two bad ones for the second not to belong
	// to the same disturbance: the last few of one are within what a stretch of calm allows.
	calmGap = 10
)

// calm is when service was as it should be again.
type calm struct {
	// Least and Most bound the instant; at Most a success is seen.
	Least, Most time.Duration
	Disturbed   bool // something was bad
	Shown       bool // what follows is long and dense enough to say so
	FirstBad    time.Duration
}

// settles finds the beginning of the calm that lasts to the end of s.
//
// Adding a bad arrival never brings it forward: only good ones make evidence.
func (v *view) settles(s span) calm {
	all := v.within(s)
	c := calm{Least: s.From, Most: s.To, FirstBad: s.To}
	begin := 0
	for i, j, bad := 0, 0, 0; i < len(all); i++ {
		for ; j < len(all) && all[j].Due < all[i].Due+calmTime; j++ {
			bad += v.one(all[j])
		}
		if bad > allowed(j-i) {
			begin = i + 1
		}
		bad -= v.one(all[i])
	}
	last := begin - 1
	for i, a := range all {
		if v.one(a) == 1 {
			c.Disturbed, c.FirstBad = true, min(c.FirstBad, a.Due)
			if begin > 0 && i >= begin && i-last <= calmGap {
				begin, last = i+1, i // still within the bad stretch
			}
		}
	}
	if begin > 0 {
		c.Least = all[begin-1].Due
	}
	if begin == len(all) {
		return c
	}
	c.Most = all[begin].Due
	c.Shown = v.enough(all[begin:], s.To)
	return c
}

func allowed(n int) int { return max(1, int(float64(n)*(1-calmShare)+1e-9)) }

func (v *view) one(a load.Arrival) int {
	if v.good(a) {
		return 0
	}
	return 1
}

// enough says whether the arrivals, up to end, can show a calm.
func (v *view) enough(all []load.Arrival, end time.Duration) bool {
	begin := all[0].Due
	good := 0
	for _, a := range all {
		if a.Due < begin+calmTime {
			good += 1 - v.one(a)
		}
	}
	if end-begin >= calmTime {
		return good >= fewGood/2
	}
	return end-begin >= calmLeast && good >= fewGood
}
