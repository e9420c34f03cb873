package load

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// records keeps everything it is given.
type records struct {
	mu         sync.Mutex
	arrivals   []Arrival
	operations []Operation
	lookups    []Lookup
	gauges     []Gauge
	tallies    []Tally
}

func (r *records) Arrival(a Arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrivals = append(r.arrivals, a)
}

func (r *records) Operation(o Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, o)
}

func (r *records) Lookup(l Lookup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookups = append(r.lookups, l)
}

func (r *records) Gauge(g Gauge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gauges = append(r.gauges, g)
}

func (r *records) Tally(t Tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tallies = append(r.tallies, t)
}

func (*records) Session(Session) {}

// memory is a deployment without a network.
type memory func(*http.Request) (*http.Response, error)

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) { return m(r) }

func answering(status int) memory {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("hello"))}, nil
	}
}

// slow answers after d, unless the request is given up before.
func slow(d time.Duration) memory {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return answering(200)(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

var errStub = errors.New("secret text of a server")

func testEngine(t testing.TB, rt http.RoundTripper) (*Engine, *records) {
	t.Helper()
	rec := &records{}
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	c := NewClient(ClientOptions{Now: now, Recorder: rec, Transport: rt})
	return &Engine{Now: now, Recorder: rec, Client: c, Timeout: 2 * time.Second}, rec
}
