package reports

import (
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// routed names the node that served each operation: kc-1 and kc-2 in turn, and kc-1 alone while
// kc-2 is away. Connections are shared by address.
func (s *scene) routed() *scene {
	for i := range s.Operations {
		o := &s.Operations[i]
		o.Remote, o.Node = "198.18.0.9:443", "kc-1"
		if o.Seq%2 == 1 && (o.Start < sec(70) || o.Start > sec(97)) {
			o.Node = "kc-2"
		}
	}
	return s
}

// ops changes the operations begun in [from, to) at a node.
func (s *scene) ops(node string, from, to time.Duration, change func(*load.Operation)) *scene {
	for i := range s.Operations {
		if o := &s.Operations[i]; o.Start >= from && o.Start < to && (node == "" || o.Node == node) {
			change(o)
		}
	}
	return s
}

// read adds a reading each second in [from, to).
func (s *scene) read(node, metric string, from, to int, value func(i int) (float64, string)) *scene {
	for i := from; i < to; i++ {
		x, text := value(i)
		s.Samples = append(s.Samples, Sample{At: sec(i), Node: node, Metric: metric, Value: x, Text: text})
	}
	return s
}

// says sets the readings there are of a node's metric in [from, to).
func (s *scene) says(node, metric string, from, to int, value float64) *scene {
	for i := range s.Samples {
		if x := &s.Samples[i]; x.Node == node && x.Metric == metric && x.At >= sec(from) && x.At < sec(to) {
			x.Value = value
		}
	}
	return s
}

func broken(status int, step string) func(*load.Operation) {
	return func(o *load.Operation) {
		if step == "" || o.Step == step {
			o.Outcome, o.Status = load.Failed, status
		}
	}
}

func TestHealth(t *testing.T) {
	o := Objectives{FalseHealthy: ptr(sec(3)), FalseUnhealthy: ptr(sec(3))}
	up, down := "health said up though clients failed for at most 3 s", "health said down though clients were served for at most 3 s"
	unnamed := with(o)
	runRows(t, checkHealth, []checkRow{
		{name: "honest", scene: with(o).routed(), claim: up, want: Pass, says: "never seen"},
		{name: "honest when down", scene: with(o).routed(), claim: down, want: Pass, says: "never seen"},
		{name: "up and broken", scene: with(o).routed().ops("kc-2", sec(110), sec(120), broken(500, "")), claim: up, want: Fail, says: "on kc-2: ready said 1 while every",
			numbers: map[string]float64{"lower_ms": 9948}},
		{name: "up and one step broken", scene: with(o).routed().ops("kc-2", sec(110), sec(120), broken(500, "second")), claim: up, want: Fail, says: "second failed"},
		{name: "for less than the limit", scene: with(o).routed().ops("kc-2", sec(110), sec(112), broken(500, "")), claim: up, want: Pass, says: "on kc-2"},
		{name: "on the limit", scene: with(o).routed().ops("kc-2", sec(110), sec(113)+20*time.Millisecond, broken(500, "")), claim: up, want: Inconclusive, missing: "within the error"},
		{name: "one in three broken is not dead", scene: with(o).routed().ops("kc-2", sec(110), sec(120), func(o *load.Operation) {
			if o.Seq%3 == 0 {
				o.Outcome, o.Status = load.Failed, 500
			}
		}), claim: up, want: Pass, says: "never seen"},
		{name: "a session's refusal is the client's", scene: with(o).routed().ops("kc-2", sec(110), sec(120), broken(400, "")), claim: up, want: Pass, says: "never seen"},
		{name: "down and serving", scene: with(o).routed().says("kc-2", "ready", 110, 120, 0), claim: down, want: Fail, says: "on kc-2: ready said 0", numbers: map[string]float64{"upper_ms": 9000}},
		{name: "down and failing", scene: with(o).routed().says("kc-2", "ready", 110, 120, 0).ops("kc-2", sec(109), sec(121), broken(500, "")), claim: down, want: Pass},
		{name: "nodes that are not named", scene: unnamed, claim: up, want: Inconclusive, missing: "operations at kc-1: 0 a second"},
		{name: "no objective", scene: with(Objectives{}).routed().says("kc-2", "ready", 110, 120, 0), claim: "health said down though clients were served", want: Pass, info: true},
		{name: "never", scene: with(Objectives{FalseHealthy: ptr(time.Duration(0))}).routed(), claim: "health never said up", want: Pass},
		{name: "nothing", scene: empty(o), claim: up, want: Inconclusive, missing: "readings of what kc-1's health says"},
	})
	if got := checkHealth(with(Objectives{}).routed().view(t)); len(got) != 0 {
		t.Errorf("an honest node without an objective: %+v", got)
	}
}

func TestConsistency(t *testing.T) {
	o := Objectives{Consistency: sec(5)}
	changed := func(o Objectives, first, second int) *scene {
		s := with(o)
		for node, since := range map[string]int{"kc-1": first, "kc-2": second} {
			s.read(node, "keys", 10, 145, func(i int) (float64, string) {
				if i >= since {
					return 0, "a b"
				}
				return 0, "a"
			})
		}
		return s
	}
	claim := "the same key set on every node within 5 s of a change"
	steady := "the same key set on every node in the steady state"
	everywhere := func(at int) *scene {
		s := changed(o, 72, at)
		s.Injections[0].Kind, s.Injections[0].Receipt.Steps = "key-rotation", []chaos.Instant{{Name: "everywhere", At: sec(at)}}
		return s.says("kc-2", "ready", 0, 150, 1)
	}
	unseen := everywhere(75)
	unseen.Injections[0].Receipt.Steps = nil
	seldom := changed(o, 200, 200) // each node each 5 s, one after the other
	seldom.Samples = nil
	for i := 10; i < 145; i += 5 {
		for k, node := range []string{"kc-1", "kc-2"} {
			text := "a"
			if i >= 110+20*k {
				text = "a b"
			}
			seldom.Samples = append(seldom.Samples, Sample{At: sec(i) + time.Duration(k)*time.Millisecond, Node: node, Metric: "keys", Text: text})
		}
	}
	unset := with(o)
	for _, node := range []string{"kc-1", "kc-2"} {
		unset.read(node, "marker", 10, 145, func(int) (float64, string) { return 1, "" })
	}
	alone := with(o).read("kc-1", "marker", 10, 145, func(int) (float64, string) { return 0, "x" })
	slow := with(o)
	for i := 10; i < 145; i += 4 {
		slow.Samples = append(slow.Samples, Sample{sec(i), "kc-1", "keys", 0, "a"}, Sample{sec(i), "kc-2", "keys", 0, map[bool]string{true: "b", false: "a"}[i == 110]})
	}
	runRows(t, checkConsistency, []checkRow{
		{name: "at once", scene: changed(o, 80, 80), claim: claim, want: Pass, says: "never seen to differ on kc-1, kc-2"},
		{name: "in time", scene: changed(o, 110, 113), claim: claim, want: Pass, says: "differed for 3 s ± 1 s from t=110.0 s (kc-1=a b, kc-2=a)", numbers: map[string]float64{"differed_lower_ms": 2000, "differed_upper_ms": 4000}},
		{name: "too late", scene: changed(o, 110, 120), claim: claim, want: Fail, says: "differed for 10 s ± 1 s"},
		{name: "on the limit", scene: changed(o, 110, 116), claim: claim, want: Inconclusive, missing: "between two readings"},
		{name: "sampled too seldom", scene: slow, claim: claim, want: Inconclusive, missing: "sample more often"},
		{name: "one node away does not count", scene: changed(o, 80, 98), claim: claim, want: Pass, says: "differed for 1 s ± 1 s from t=97.0 s"},
		{name: "for good, promised or not", scene: changed(Objectives{}, 110, 200), claim: steady, want: Fail, says: "differed for 34.5 s ± 0.5 s"},
		{name: "for a while, not promised", scene: changed(Objectives{}, 110, 120), claim: steady, want: Pass, info: true},
		{name: "read one after the other", scene: seldom, claim: claim, want: Fail, says: "differed for 20 s ± 5 s"},
		{name: "watched to be everywhere", scene: everywhere(76), claim: "what 1-kill-kc-2 changed is on every node within 5 s", want: Fail, says: "after 5.9 s ± 0.1 s", numbers: map[string]float64{"everywhere_ms": 6000}},
		{name: "watched in time", scene: everywhere(74), claim: "what 1-kill-kc-2 changed is on every node within 5 s", want: Pass},
		{name: "watched in time, the readings", scene: everywhere(76), claim: claim, want: Pass},
		{name: "never seen everywhere", scene: unseen, claim: "what 1-kill-kc-2 changed", want: Inconclusive, missing: "the instant at which every node served it"},
		{name: "empty everywhere", scene: unset, claim: "the same realm on every node within 5 s", want: Pass, says: "never seen to differ"},
		{name: "one node", scene: alone, claim: "the same realm on every node within 5 s", want: Inconclusive, missing: "a second node"},
		{name: "nothing", scene: empty(o), claim: "the same issuer, keys and realm", want: Inconclusive, missing: "readings of what each node serves"},
	})
	if got := checkConsistency(newScene().view(t)); got != nil {
		t.Errorf("nothing read and nothing promised, yet %+v", got)
	}
}

func TestSlowNode(t *testing.T) {
	o := Objectives{SlowNode: 3}
	slower := func(d time.Duration) func(*load.Operation) { return func(o *load.Operation) { o.End += d } }
	claim := "no node's p95 is more than 3 times the others'"
	runRows(t, checkSlowNode, []checkRow{
		{name: "alike", scene: with(o).routed(), claim: claim, want: Pass, says: "the others"},
		{name: "slow", scene: with(o).routed().ops("kc-2", 0, sec(145), slower(100*time.Millisecond)), claim: claim, want: Fail, says: "kc-2 115 ms"},
		{name: "slow after the fault", scene: with(o).routed().ops("kc-2", sec(100), sec(145), slower(100*time.Millisecond)), claim: claim, want: Fail, says: "after"},
		{name: "a little slower", scene: with(o).routed().ops("kc-2", 0, sec(145), slower(20*time.Millisecond)), claim: claim, want: Pass},
		{name: "slow, no objective", scene: with(Objectives{}).routed().ops("kc-2", 0, sec(145), slower(100*time.Millisecond)), claim: "a slow node in use", want: Pass, info: true},
		{name: "slow while disrupted", scene: with(o).routed().ops("kc-2", sec(71), sec(100), slower(200*time.Millisecond)), claim: claim, want: Pass},
		{name: "nodes that are not named", scene: with(o), claim: claim, want: Inconclusive, missing: "with the node's name"},
		{name: "nothing", scene: empty(o), claim: claim, want: Inconclusive, missing: "200 operations"},
	})
	if got := checkSlowNode(with(Objectives{}).routed().view(t)); got != nil {
		t.Errorf("nodes alike: %+v", got)
	}
}

func TestRetries(t *testing.T) {
	o := Objectives{Amplification: 1.5}
	counted := func(o Objectives, times float64, from int) *scene {
		s, sum := with(o), 0.0
		return s.read("kc-1", "requests_total", 10, 145, func(i int) (float64, string) {
			if sum += 100; i >= from {
				sum += 100 * (times - 1)
			}
			return sum, ""
		})
	}
	reset := counted(o, 1, 10)
	for i := range reset.Samples {
		if x := &reset.Samples[i]; x.Metric == "requests_total" && x.At >= sec(95) {
			x.Value -= 8500 // its process began anew
		}
	}
	again := func(o *load.Operation) { o.Retries = 1 }
	claim := "at most 1.5 times the requests of the base line for each arrival"
	runRows(t, checkRetries, []checkRow{
		{name: "as before", scene: with(o), claim: claim, want: Pass, says: "1 times"},
		{name: "clients try again", scene: with(o).ops("", sec(100), sec(145), again), claim: claim, want: Fail, says: "2 times: requests that clients sent for each arrival, after 4, before 2"},
		{name: "a few try again", scene: with(o).ops("", sec(71), sec(73), again), claim: claim, want: Pass},
		{name: "servers met more", scene: counted(o, 3, 100), claim: claim, want: Fail, says: "requests that servers met"},
		{name: "servers met as many", scene: counted(o, 1, 100), claim: claim, want: Pass},
		{name: "a counter that began anew", scene: reset, claim: claim, want: Pass},
		{name: "a storm, no objective", scene: counted(Objectives{}, 3, 100), claim: "more requests for each arrival than before", want: Pass, info: true},
		{name: "calm", scene: with(o).calm(), claim: claim, want: Pass, info: true},
		{name: "nothing", scene: empty(o), claim: claim, want: Inconclusive, missing: "100 operations in the base line"},
	})
	if got := checkRetries(with(Objectives{}).view(t)); got != nil {
		t.Errorf("as before, nothing promised: %+v", got)
	}
}

func TestReused(t *testing.T) {
	o := Objectives{ErrorRatio: ptr(0.001)}
	// Every other operation of a kind is on a fresh connection.
	kept := func(o Objectives, badReused, badFresh uint64) *scene {
		return with(o).routed().ops("", 0, sec(145), func(o *load.Operation) {
			o.Reused = o.Seq%2 == 0
			if nth := map[bool]uint64{true: badReused, false: badFresh}[o.Reused]; nth > 0 && o.Seq/2%nth == 0 {
				o.Outcome, o.Status = load.Failed, 400
			}
		})
	}
	claim := "no more errors of userinfo second on kept-alive"
	runRows(t, checkReused, []checkRow{
		{name: "on kept-alive only", scene: kept(o, 8, 0), claim: claim, want: Fail, says: "197 of 1575 bad on kept-alive connections, 0 of 1575 on fresh ones"},
		{name: "no objective", scene: kept(Objectives{}, 8, 0), claim: claim, want: Pass, info: true},
	})
	for name, s := range map[string]*scene{
		"none": kept(o, 0, 0), "on both": kept(o, 8, 8), "on fresh only": kept(o, 0, 8), "few": kept(o, 1000, 0), "nothing": empty(o),
		"while disrupted": with(o).routed().ops("", sec(70), sec(99), func(o *load.Operation) { o.Reused, o.Outcome = true, load.Failed }),
	} {
		if got := checkReused(s.view(t)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLeak(t *testing.T) {
	o := Objectives{FullRecovery: sec(30)}
	pool := func(o Objectives, value func(i int) float64) *scene {
		return with(o).read("kc-1", "pool_active", 10, 145, func(i int) (float64, string) { return value(i), "" })
	}
	grows := func(i int) float64 { return 2 + float64(i-10)/5 }
	runRows(t, checkLeak, []checkRow{
		{name: "grows", scene: pool(o, grows), claim: "pool_active of kc-1 does not grow", want: Fail, says: "rose throughout: 3.6, "},
		{name: "grows, nothing promised", scene: pool(Objectives{}, grows), claim: "pool_active of kc-1", want: Pass, info: true},
	})
	for name, s := range map[string]*scene{
		"even":              pool(o, func(int) float64 { return 7 }),
		"noisy":             pool(o, func(i int) float64 { return float64(5 + i*7%5) }),
		"grows by a little": pool(o, func(i int) float64 { return 20 + float64(i)/50 }),
		"a jump":            pool(o, func(i int) float64 { return map[bool]float64{true: 20, false: 5}[i > 70] }),
		"under more load":   pool(o, grows).drop(func(a load.Arrival) bool { return a.Due < sec(70) && a.Seq%2 == 0 }),
		"too few readings":  with(o), "nothing": empty(o),
	} {
		if got := checkLeak(s.view(t)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestJourneys(t *testing.T) {
	o := Objectives{Recovery: sec(10)}
	runRows(t, checkJourneys, []checkRow{
		{name: "logins dead", scene: with(o).each(sec(100), sec(120), only("login", refuse)), claim: "login is never dead for more than 10 s while other journeys live", want: Fail, says: "19.9 s"},
		{name: "to the end", scene: with(o).each(sec(100), sec(145), only("login", refuse)), claim: "login is never dead", want: Fail, says: "45 s ± 0.25 s"},
		{name: "back in time", scene: with(o).each(sec(71), sec(76), only("login", refuse)), claim: "login is never dead", want: Pass, info: true},
		{name: "no objective", scene: with(Objectives{}).each(sec(71), sec(76), only("login", refuse)), claim: "login dead while other journeys lived", want: Pass, info: true},
	})
	for name, s := range map[string]*scene{
		"good": with(o), "all dead": with(o).outage(sec(71), sec(90)), "nothing": empty(o),
		"a few": with(o).each(sec(71), sec(72), only("login", refuse)),
	} {
		if got := checkJourneys(s.view(t)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
