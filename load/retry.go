package load

import (
	"io"
	"net/http"
)

// roundTrip carries one request, repeated as the client's retry says. Everything that was sent
// is seen by the attempts.
func (c *Client) roundTrip(r *http.Request, user string, seen *attempts) (*http.Response, error) {
	if c.options.Retry == "" || c.options.Transport != nil {
		return c.send(r, user)
	}
	for {
		res, err := c.send(c.single(r), user)
		if err == nil || r.Context().Err() != nil || !seen.broken() {
			return res, err
		}
		if seen.sent() {
			if c.options.Retry != RetryBrowser || !idempotent(r) {
				return nil, err
			}
			return c.once.RoundTrip(rewound(r))
		}
		// The kept-alive connection was gone before anything was sent on it: another is taken,
		// which is no second try. Each such connection is met once, so that this ends.
	}
}

// single is the request in a form that net/http does not send again by itself: with a body that
// it could not send twice. Over HTTP/2 it sends again only what the server refused to process.
func (c *Client) single(r *http.Request) *http.Request {
	once := rewound(r)
	if c.options.HTTP2 {
		return once
	}
	once.GetBody = nil
	if once.Body == nil {
		once.Body = nothing{}
	}
	return once
}

// rewound is the request with its body from the beginning.
func rewound(r *http.Request) *http.Request {
	again := *r
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			again.Body = body
		}
	}
	return &again
}

// nothing is an empty body that is not [http.NoBody]. net/http reads it ahead for a request that
// usually has none, and sends none.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
func (nothing) Close() error             { return nil }

func idempotent(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (r.Body == nil || r.Body == http.NoBody)
}
