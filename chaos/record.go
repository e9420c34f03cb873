// Package chaos disrupts a deployment on purpose and proves that it did: faults (involuntary)
// and maintenance (voluntary), the plan of them, their receipts and the undo journal.
package chaos

import "time"

// Injection is one disruption as it went. Times are offsets from the start of the run; a nil
// instant was not observed.
type Injection struct {
	ID          string   `json:"id"` // "1-kill-kc-2"
	Kind        string   `json:"kind"`
	Maintenance bool     `json:"maintenance"` // voluntary
	Targets     []string `json:"targets"`     // node names
	Receipt     Receipt  `json:"receipt"`
	Undone      bool     `json:"undone"`            // the undo ran and its effect was seen
	Err         string   `json:"err,omitempty"`     // the harness could not do it
	Refused     string   `json:"refused,omitempty"` // the disruption was not attempted, and why (too few serving nodes)
}

// Receipt is independent evidence of the four instants of a disruption and of an unaffected
// control: nothing in it comes from the call that made the disruption.
type Receipt struct {
	Requested *time.Duration `json:"requested"` // the act began
	Effective *time.Duration `json:"effective"` // its effect was seen on every target
	Ended     *time.Duration `json:"ended"`     // the undo began
	Healed    *time.Duration `json:"healed"`    // every target serves again
	// Steps are the instants between Requested and Healed that a disruption of its kind has, in
	// order: of a failover "detected", "decided", "serving", "redundant".
	Steps    []Instant  `json:"steps,omitempty"`
	Evidence []Evidence `json:"evidence"`
	Control  string     `json:"control"` // an unaffected node of the same role; empty if there is none
	// ControlOK says that the control was the same process before and after and served throughout; nil without a control.
	ControlOK *bool `json:"control_ok"`
}

// Proven says that the effect was seen.
func (r Receipt) Proven() bool { return r.Requested != nil && r.Effective != nil }

// Evidence is one observation.
type Evidence struct {
	At     time.Duration `json:"at"`
	Node   string        `json:"node"`
	Source string        `json:"source"` // "tcp 8080", "process start time", "balancer lb-1"
	Seen   string        `json:"seen"`
}

// Instant is a named moment of a disruption.
type Instant struct {
	Name string        `json:"name"`
	At   time.Duration `json:"at"`
}
