// Package load drives journeys at a deployment on an open-loop schedule and records what each
// client saw. It knows schedules, transports and records; what a journey says is its caller's.
package load

import "time"

// Outcome is what one client saw.
type Outcome string

// OK was answered as it should be. Failed is the server saying no (an error status, an error
// page, a refused connection: it did not happen). Unknown is no answer, or a gateway's word that
// it got none (502, 504): it may have happened.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
)

// Arrival is one journey from the schedule's view: due, started, ended. All times are offsets
// from the start of the run. Response time is End-Due, service time End-Start, slip Start-Due.
type Arrival struct {
	Class   string        `json:"class"`            // traffic class: the name of the entry in the load mix
	Client  string        `json:"client,omitempty"` // name of the client profile; empty when there is one only
	Journey string        `json:"journey"`
	Seq     uint64        `json:"seq"` // k of the class's schedule, from 0
	Due     time.Duration `json:"due"`
	Start   time.Duration `json:"start"`
	End     time.Duration `json:"end"`
	Outcome Outcome       `json:"outcome"`
	Reason  string        `json:"reason,omitempty"`  // why not ok: a short stable phrase, never server text
	Step    string        `json:"step,omitempty"`    // the request that decided a bad outcome
	Dropped bool          `json:"dropped,omitempty"` // never sent: the in-flight cap was reached (outcome failed)
	Starved bool          `json:"starved,omitempty"` // never sent: no session was free for it (outcome failed)
	// Held is how long the harness itself kept the journey, so that a fault could be aimed at a
	// position in it: part of End-Start, and not the deployment's doing.
	Held time.Duration `json:"held,omitempty"`
}

// Operation is one request of a journey. It carries no body, header, token, cookie or query.
type Operation struct {
	Class   string        `json:"class"`
	Client  string        `json:"client,omitempty"`
	Journey string        `json:"journey"`
	Seq     uint64        `json:"seq"`
	Step    string        `json:"step"` // "authorize", "login-form", "token", "userinfo", …
	Due     time.Duration `json:"due"`  // the journey's due time for its first request, else Start
	Start   time.Duration `json:"start"`
	End     time.Duration `json:"end"`
	Outcome Outcome       `json:"outcome"`
	Reason  string        `json:"reason,omitempty"`
	Status  int           `json:"status,omitempty"`  // HTTP status; 0 when there was no answer
	Remote  string        `json:"remote,omitempty"`  // address of the connection used
	Node    string        `json:"node,omitempty"`    // node that served it, as the balancer names it
	Reused  bool          `json:"reused,omitempty"`  // on a kept-alive connection
	Retries int           `json:"retries,omitempty"` // repetitions, the transport's and the browser's (attempts beyond the first)
	Held    time.Duration `json:"held,omitempty"`    // by the harness after it was written; see Arrival
}

// Fate is what became of an acknowledged session.
type Fate string

// The fates. A session is kept when the deployment still honours it, lost when it was
// acknowledged and is refused, resurrected when a logout was acknowledged and the session still
// works, replayed when something that may be used once was accepted twice, swapped when another
// user's identity came back, ended when its logout held, and indeterminate when no answer could
// be had.
const (
	Kept          Fate = "kept"
	Lost          Fate = "lost"
	Resurrected   Fate = "resurrected"
	Replayed      Fate = "replayed"
	Swapped       Fate = "swapped"
	Ended         Fate = "ended"
	Indeterminate Fate = "indeterminate"
)

// Session is one line of the ledger: an acknowledged login and its fate.
type Session struct {
	ID      string        `json:"id"`     // run-local: "s-17"; never Keycloak's
	Cohort  bool          `json:"cohort"` // logged in before the disruption and followed through it
	Since   time.Duration `json:"since"`  // login acknowledged
	Fate    Fate          `json:"fate"`
	Decided time.Duration `json:"decided"` // when the fate was established
	Reason  string        `json:"reason,omitempty"`
	Used    int           `json:"used"` // acknowledged uses after login
	// Acked is the newest acknowledged event of the session: its login or a rotation or a logout.
	Acked time.Duration `json:"acked"`
	// Event names what was lost, resurrected or replayed: "login", "rotation", "logout", "code", "refresh token".
	Event string `json:"event,omitempty"`
}

// Lookup is a DNS answer a client saw.
type Lookup struct {
	At     time.Duration `json:"at"`
	Client string        `json:"client,omitempty"`
	Name   string        `json:"name"`
	Addrs  []string      `json:"addrs"`
	TTL    time.Duration `json:"ttl"`
	Err    string        `json:"err,omitempty"`
}

// Gauge is the generator's own state, once a second.
type Gauge struct {
	At       time.Duration `json:"at"`
	InFlight int           `json:"in_flight"`
	CPU      float64       `json:"cpu"` // of this process, in cores, since the last gauge
	RSS      int64         `json:"rss"` // bytes
}

// Tally accounts for every arrival of a class once its load has ended:
// Scheduled == Started + Dropped + Starved, where Scheduled counts the arrivals due before the stop.
type Tally struct {
	Class     string        `json:"class"`
	Scheduled uint64        `json:"scheduled"`
	Started   uint64        `json:"started"`
	Dropped   uint64        `json:"dropped"`
	Starved   uint64        `json:"starved"`
	Began     time.Duration `json:"began"`   // offset of the schedule's zero
	Stopped   time.Duration `json:"stopped"` // arrivals due later were never released
}

// A Recorder takes records as they happen, from many goroutines.
type Recorder interface {
	Arrival(Arrival)
	Operation(Operation)
	Session(Session)
	Lookup(Lookup)
	Gauge(Gauge)
	Tally(Tally)
}
