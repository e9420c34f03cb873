package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A change of the realm is at the node it was made through at once, and at the others soon.
func (e *fakeEnv) SetMarker(_ context.Context, node, value string) error {
	return e.act(e.parts[node], "set marker", func() {
		e.was, e.marker, e.writer, e.written = e.marker, value, node, time.Now()
	})
}

func (e *fakeEnv) Marker(_ context.Context, node string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if node != e.writer && time.Since(e.written) < time.Second {
		return e.was, nil
	}
	return e.marker, nil
}

func (e *fakeEnv) RotateKeys(_ context.Context, node string) error {
	return e.act(e.parts[node], "rotate keys", func() { e.keys = append(e.keys, fmt.Sprintf("key-%d", len(e.keys)+1)) })
}

func (e *fakeEnv) KeyIDs(context.Context, string) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.keys), nil
}

func (e *fakeEnv) Issuer(context.Context, string) (string, error) { return "https://auth.test", nil }
