package scenarios

import (
	"sync"

	"holdfast/load"
)

// lookups records the answers of name servers until the history ends. net/http dials in the
// background, also for a request that needs the connection no more, so that a last lookup may
// come when everything else is over.
type lookups struct {
	load.Recorder

	mu   sync.Mutex
	over bool
}

// Lookup records an answer.
func (l *lookups) Lookup(x load.Lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.Recorder.Lookup(x)
	}
}

// end drops what comes later.
func (l *lookups) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}
