package load

import (
	"net/http/httptrace"
	"sync"
)

// attempts is what the transport did for one request. net/http sends some requests again by
// itself when a kept-alive connection dies, which would hide a node's loss; each attempt takes a
// connection, so counting those shows it. The callbacks may outlive the request.
type attempts struct {
	mu     sync.Mutex
	conns  int
	writes int
	tried  bool // something of the request was written
	heard  bool // something of the answer was read
	remote string
	reused bool
}

func (a *attempts) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.conns++
			a.reused = info.Reused
			if info.Conn != nil && info.Conn.RemoteAddr() != nil {
				a.remote = info.Conn.RemoteAddr().String()
			}
		},
		WroteHeaders: func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.tried = true
		},
		GotFirstResponseByte: func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.heard = true
		},
		WroteRequest: func(httptrace.WroteRequestInfo) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.writes++
		},
	}
}

func (a *attempts) connected() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conns > 0
}

func (a *attempts) sent() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tried
}

// broken says that the latest attempt was on a kept-alive connection and got nothing back.
func (a *attempts) broken() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reused && !a.heard
}

func (a *attempts) result() (remote string, reused bool, retries int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.remote, a.reused, max(a.conns-1, a.writes-1, 0)
}
