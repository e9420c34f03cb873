package load

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// ByStatus is the ordinary judgement of an answer: 502 and 504 are a gateway's word that it got
// none, any other 4xx or 5xx is a no.
func ByStatus(r *Response) (Outcome, string) {
	switch {
	case r.Status == http.StatusBadGateway, r.Status == http.StatusGatewayTimeout:
		return Unknown, "http " + strconv.Itoa(r.Status)
	case r.Status >= 400:
		return Failed, "http " + strconv.Itoa(r.Status)
	}
	return OK, ""
}

// A reasonedError is an error of our own dialling that knows its phrase.
type reasonedError struct {
	reason string
	err    error
}

func (e *reasonedError) Error() string { return e.reason + ": " + e.err.Error() }
func (e *reasonedError) Unwrap() error { return e.err }

// noAnswer is the outcome of a request that got no answer: it failed if nothing of it was sent,
// else nobody knows.
func noAnswer(ctx context.Context, err error, seen *attempts) (Outcome, string) {
	outcome := Failed
	if seen.sent() {
		outcome = Unknown
	}
	var known *reasonedError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return outcome, "run cancelled"
	case errors.As(err, &known):
		return outcome, known.reason
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && seen.sent():
		return outcome, "timeout waiting for answer"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return outcome, "timeout connecting"
	}
	return outcome, phrase(err, seen.connected())
}

var phrases = []struct {
	err    error
	reason string
}{
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "connection reset"},
	{syscall.EPIPE, "connection closed"},
	{syscall.EHOSTUNREACH, "no route to host"},
	{syscall.ENETUNREACH, "no route to host"},
	{syscall.ETIMEDOUT, "connection timed out"},
	{syscall.EMFILE, "generator out of file descriptors"},
	{syscall.ENFILE, "generator out of file descriptors"},
	{syscall.EADDRNOTAVAIL, "generator out of ports"},
	{io.ErrUnexpectedEOF, "connection closed"},
	{io.EOF, "connection closed"},
	{net.ErrClosed, "connection closed"},
}

// phrase never passes the error's own text on: it can hold addresses, queries or server text.
func phrase(err error, connected bool) string {
	for _, p := range phrases {
		if errors.Is(err, p.err) {
			return p.reason
		}
	}
	var (
		cert   *tls.CertificateVerificationError
		alert  tls.AlertError
		record tls.RecordHeaderError
		slow   net.Error
	)
	switch {
	case errors.As(err, &cert), errors.As(err, &alert), errors.As(err, &record):
		return "tls handshake failed"
	case errors.As(err, &slow) && slow.Timeout() && !connected:
		// Dialling has phrases of its own, so that what else timed out was the handshake.
		return "timeout in tls handshake"
	case errors.As(err, &slow) && slow.Timeout():
		return "timeout waiting for answer"
	case connected:
		return "connection closed"
	}
	return "could not connect"
}
