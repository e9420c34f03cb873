package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/fixtures"
)

// A Fault is one kind of disruption; its exported fields are its settings. Inject makes it,
// Undo takes it back and Probe looks for its effect. Undo is a method, not a closure made by
// Inject, because it must also work in another process that knows the fault only from the
// journal: it is idempotent and needs nothing that Inject learnt.
type Fault interface {
	// Kind is the word scenarios use: "kill".
	Kind() string
	// Voluntary tells maintenance from a fault.
	Voluntary() bool
	Inject(ctx context.Context, t Target) error
	Undo(ctx context.Context, t Target) error
	// Probe looks once whether the node shows the effect. It must not trust Inject: what it
	// goes by is the network, the process, or another node's word.
	Probe(ctx context.Context, t Target) Sighting
}

// Target is one node to disrupt, in its environment.
type Target struct {
	Env  fixtures.Environment
	Node fixtures.Node
	// Note, if any, takes what an Inject or an Undo wants the receipt to tell: who was promoted,
	// what was thrown away. It proves nothing.
	Note func(Sighting)
}

func (t Target) note(s Sighting) {
	if t.Note != nil {
		t.Note(s)
	}
}

// other is another node of the environment in the same role of a target.
func (t Target) other(n fixtures.Node) Target { return Target{Env: t.Env, Node: n, Note: t.Note} }

// Sighting is what one probe saw. Effect says that the disruption is in force.
type Sighting struct {
	Effect bool
	Source string
	Seen   string
}

// A Precondition is a Fault that may refuse, before anything is touched.
type Precondition interface {
	// Allowed returns why the disruption must not be made on these targets now.
	Allowed(ctx context.Context, targets []Target) error
}

// A Patient is a Fault whose injection may rightly take a while before its effect shows.
type Patient interface {
	Patience() time.Duration
}

// A Checked fault says before anything runs why its settings or targets make no sense on the
// topology. Settings at fault are named in fixtures.FieldError; other errors are the targets'.
type Checked interface {
	Check(t fixtures.Topology, targets []string) error
}

// A Needing fault needs something of the topology that is not there by default, such as a proxy
// on a link, and adds it.
type Needing interface {
	Needs(t *fixtures.Topology)
}

// A Stepping fault passes moments between its effect and its end that the receipt names, such as
// a failover's "detected" and "serving". Steps looks for one of them at a time; see [Instant].
type Stepping interface {
	// Steps are the names in order.
	Steps() []string
	// Passed looks once whether the named moment has come.
	Passed(ctx context.Context, t Target, step string) Sighting
}

// A Healing fault says itself when it is over, beyond its targets being ready: Healed returns why
// it is not yet. Without it, a fault is over when its Probe no longer sees the effect: that will
// do where being ready says the rest. A probe that may fail to know needs one.
type Healing interface {
	Healed(ctx context.Context, t Target) error
}

// A Lasting fault goes on acting while it is in force: Last is called once the effect was seen
// and returns when ctx ends. An error says that it did not go on as it should.
type Lasting interface {
	Last(ctx context.Context, t Target) error
}

// An Ordered fault may take its targets one after the other, each only when the last one's
// injection has returned, instead of all at once.
type Ordered interface {
	OneByOne() bool
}

// A Sweeping fault changes its targets' whole tier, so that no other node of it can show that it
// would have been the same without.
type Sweeping interface {
	Sweeps() bool
}

// faults is every kind there is: one line for one more.
var faults = []func() Fault{
	func() Fault { return &Kill{} },
	func() Fault { return &Stop{} },
	func() Fault { return &Pause{} },
	func() Fault { return &Drain{} },
	func() Fault { return &Restart{} },
	func() Fault { return &CrashLoop{} },
	func() Fault { return &DBFailover{} },
	func() Fault { return &DBSwitchover{} },
	func() Fault { return &DBPromote{} },
	func() Fault { return &ReplayPause{} },
	func() Fault { return &DBConnections{} },
	func() Fault { return &DiskFull{} },
	func() Fault { return &CacheRestart{} },
	func() Fault { return &Partition{} },
	func() Fault { return &Loss{} },
	func() Fault { return &Latency{} },
	func() Fault { return &Bandwidth{} },
	func() Fault { return &Reset{} },
	func() Fault { return &HalfOpen{} },
	func() Fault { return &CPU{} },
	func() Fault { return &Memory{} },
	func() Fault { return &Clock{} },
	func() Fault { return &DNSRecord{} },
	func() Fault { return &Lie{} },
	func() Fault { return &SiteFailover{} },
	func() Fault { return &SiteFailback{} },
	func() Fault { return &RealmChange{} },
	func() Fault { return &KeyRotation{} },
}

// Kinds lists the kinds of fault, in the order of their definition.
func Kinds() []string {
	var out []string
	for _, f := range faults {
		out = append(out, f().Kind())
	}
	return out
}

// New returns a fault of the kind with its settings given as JSON (nil for none).
func New(kind string, settings []byte) (Fault, error) {
	i := slices.Index(Kinds(), kind)
	if i < 0 {
		return nil, fmt.Errorf("no fault of kind %q (there are %v)", kind, Kinds())
	}
	f := faults[i]()
	if len(settings) == 0 {
		return f, nil
	}
	if err := json.Unmarshal(settings, f); err != nil {
		return nil, fmt.Errorf("settings of %s: %v", kind, err)
	}
	return f, nil
}
