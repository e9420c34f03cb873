package load

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

const (
	maxBody    = 1 << 20  // bytes of an answer that are read
	keepBuffer = 64 << 10 // larger buffers are not kept for the next journey
	// NodeHeader is the response header in which the balancer names the node that served.
	NodeHeader = "X-Holdfast-Node"
)

// A Call is one journey in progress. Its methods are not for concurrent use.
type Call struct {
	Class   string
	Client  string // the client's name; empty when there is one only
	Journey string
	Seq     uint64
	Due     time.Duration

	engine *Engine
	client *Client
	user   string
	first  bool
	body   []byte
	hold   func(context.Context) // for the next request
	held   time.Duration         // by all holds so far
}

// Response is what one request got. Status is 0 when there was no answer. Body is valid until
// the next request of the same call.
type Response struct {
	Step    string
	Status  int
	Header  http.Header
	Body    []byte
	Outcome Outcome
	Reason  string
	// Sent says that some of the request was sent: without it, nothing can have happened.
	Sent bool
	Err  error // the transport's, when there was no whole answer; may hold secrets: never record it

	held time.Duration
}

// Result ends a journey as this response did.
func (r *Response) Result() Result {
	if r.Outcome == OK {
		return Result{Outcome: OK}
	}
	return Result{Outcome: r.Outcome, Reason: r.Reason, Step: r.Step}
}

// A Judge says what a whole answer means. The reason is a short stable phrase, never server
// text.
type Judge func(*Response) (Outcome, string)

// As says whose browser the following requests come from, which matters to a client with
// connections per user.
func (c *Call) As(user string) { c.user = user }

// Now is the offset from the start of the run.
func (c *Call) Now() time.Duration { return c.engine.Now() }

// Do sends one request within the request's context and records the operation. It follows no
// redirect. A whole answer means what judge says, by default [ByStatus].
func (c *Call) Do(step string, req *http.Request, judge ...Judge) *Response {
	e := c.engine
	op := Operation{Class: c.Class, Client: c.Client, Journey: c.Journey, Seq: c.Seq, Step: step, Start: e.Now()}
	op.Due = op.Start
	if c.first {
		op.Due, c.first = c.Due, false
	}
	var seen attempts
	ctx, h := c.begin(req.Context())
	req = req.WithContext(httptrace.WithClientTrace(ctx, seen.trace()))
	r := c.roundTrip(req, &seen, h)
	r.Step = step
	op.End = e.Now() // what a judge does, which may be further requests, is no part of it
	if r.Outcome == OK {
		r.Outcome, r.Reason = ByStatus(r)
		for _, j := range judge {
			r.Outcome, r.Reason = j(r)
		}
	}
	c.held += r.held
	op.Held = r.held
	op.Outcome, op.Reason, op.Status = r.Outcome, r.Reason, r.Status
	op.Node = nodeName(r.Header.Get(NodeHeader))
	op.Remote, op.Reused, op.Retries = seen.result()
	e.Recorder.Operation(op)
	return r
}

// roundTrip leaves the outcome OK when there is a whole answer to be judged.
func (c *Call) roundTrip(req *http.Request, seen *attempts, h *holding) *Response {
	r := &Response{Outcome: OK}
	res, err := c.client.roundTrip(req, c.user, seen)
	r.held = h.end()
	r.Sent = seen.sent()
	if err != nil {
		r.Err = err
		r.Outcome, r.Reason = noAnswer(req.Context(), err, seen)
		return r
	}
	r.Sent = true
	r.Status, r.Header = res.StatusCode, res.Header
	c.body, err = readAll(c.body[:0], res.Body)
	_ = res.Body.Close()
	switch {
	case errors.Is(err, errTooLarge):
		r.Err, r.Outcome, r.Reason = err, Failed, "answer too large"
	case err != nil:
		r.Err, r.Outcome, r.Reason = err, Unknown, cutOff(req.Context())
	}
	r.Body = c.body
	return r
}

var errTooLarge = errors.New("answer larger than 1 MiB")

func readAll(buf []byte, body io.Reader) ([]byte, error) {
	if cap(buf) == 0 {
		buf = make([]byte, 0, 4<<10)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > maxBody:
			return buf[:maxBody], errTooLarge
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

func cutOff(ctx context.Context) string {
	switch ctx.Err() {
	case context.DeadlineExceeded:
		return "timeout reading answer"
	case context.Canceled:
		return "run cancelled"
	}
	return "answer cut off"
}

// nodeName keeps what can be a node's name: the header is the server's text.
func nodeName(s string) string {
	if len(s) > 64 {
		return ""
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_' {
			return ""
		}
	}
	return s
}
