package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"holdfast/load"
)

// signatures are the algorithms an ID token may be signed with.
var signatures = []string{
	goidc.RS256, goidc.RS384, goidc.RS512, goidc.ES256, goidc.ES384, goidc.ES512,
	goidc.PS256, goidc.PS384, goidc.PS512, goidc.EdDSA,
}

var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512,
	jose.PS256, jose.PS384, jose.PS512, jose.EdDSA,
}

// keys is the realm's key set as last fetched. A key that is not in it is asked for by the
// login that meets it, as an operation of its own.
type keys struct {
	mu   sync.RWMutex
	byID map[string]jose.JSONWebKey
}

func newKeys() *keys { return &keys{byID: map[string]jose.JSONWebKey{}} }

func (k *keys) get(id string) (jose.JSONWebKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.byID[id]
	return key, ok
}

func (k *keys) replace(list []jose.JSONWebKey) {
	byID := make(map[string]jose.JSONWebKey, len(list))
	for _, key := range list {
		byID[key.KeyID] = key
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID = byID
}

var errNoKey = errors.New("key is not in the set")

// VerifySignature is for the verifier; it asks nobody.
func (k *keys) VerifySignature(_ context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, err
	}
	key, ok := k.get(signed.Signatures[0].Header.KeyID)
	if !ok {
		return nil, errNoKey
	}
	return signed.Verify(key.Key)
}

// fetch makes sure that the key a token is signed with is known.
func (d *Driver) fetch(ctx context.Context, c *load.Call, token string) load.Result {
	if _, ok := d.keys.get(keyID(token)); ok {
		return load.Result{Outcome: load.OK}
	}
	if res := d.fetchAgain(ctx, c); res.Outcome != load.OK {
		return res
	}
	if _, ok := d.keys.get(keyID(token)); !ok {
		return load.Result{Outcome: load.Failed, Reason: "id token key unknown", Step: "token"}
	}
	return load.Result{Outcome: load.OK}
}

// stepCerts is the request for the key set.
const stepCerts = "certs"

// fetchAgain takes the key set as it is now.
func (d *Driver) fetchAgain(ctx context.Context, c *load.Call) load.Result {
	var list []jose.JSONWebKey
	r := c.Do(stepCerts, request(ctx, http.MethodGet, d.certs), func(r *load.Response) (load.Outcome, string) {
		if r.Outcome != load.OK {
			return r.Outcome, r.Reason
		}
		var ok bool
		if list, ok = parseKeys(r.Body); !ok {
			return load.Failed, "answer is no key set"
		}
		return load.OK, ""
	})
	if r.Outcome != load.OK {
		return r.Result()
	}
	d.keys.replace(list)
	return load.Result{Outcome: load.OK}
}

// parseKeys leaves out keys of kinds we do not know.
func parseKeys(body []byte) ([]jose.JSONWebKey, bool) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil {
		return nil, false
	}
	var out []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.IsPublic() {
			out = append(out, key)
		}
	}
	return out, len(out) > 0
}

func keyID(token string) string {
	head, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ""
	}
	var h struct {
		ID string `json:"kid"`
	}
	_ = json.Unmarshal(b, &h)
	return h.ID
}

// prove verifies an ID token and that it is of the session's user, and learns the subject.
func (d *Driver) prove(ctx context.Context, c *load.Call, raw, nonce string, s *session) load.Result {
	bad := func(reason string) load.Result {
		return load.Result{Outcome: load.Failed, Reason: reason, Step: "token"}
	}
	if raw == "" {
		return bad("no id token")
	}
	if res := d.fetch(ctx, c, raw); res.Outcome != load.OK {
		return res
	}
	token, err := d.verifier.Verify(ctx, raw)
	if err != nil && verifyReason(err) == badSignature {
		// The key may have been replaced under the same id.
		if res := d.fetchAgain(ctx, c); res.Outcome != load.OK {
			return res
		}
		token, err = d.verifier.Verify(ctx, raw)
	}
	if err != nil {
		return bad(verifyReason(err))
	}
	var who claims
	if err := token.Claims(&who); err != nil {
		return bad("id token is no json")
	}
	switch {
	case time.Until(token.IssuedAt) > clockLeeway:
		return bad("id token from the future")
	case token.Nonce != nonce:
		return bad("id token nonce")
	case token.Subject == "":
		return bad("id token subject")
	case who.Username != "" && !strings.EqualFold(who.Username, s.user), s.subject != "" && s.subject != token.Subject:
		s.swapped = true
		return bad(anotherUser)
	case !d.ledger.owns(token.Subject, s.user):
		s.swapped = true
		return bad(anotherUser)
	}
	s.subject = token.Subject
	return load.Result{Outcome: load.OK}
}

const (
	badSignature = "id token signature"
	// clockLeeway is how far an issuer's clock may be ahead: what common clients allow.
	clockLeeway = time.Minute
)

// verifyReason says in our words what go-oidc found: its errors are text with the token's values.
func verifyReason(err error) string {
	var expired *goidc.TokenExpiredError
	if errors.As(err, &expired) {
		return "id token expired"
	}
	for part, reason := range map[string]string{
		"verify signature":   badSignature,
		"different provider": "id token issuer",
		"expected audience":  "id token audience",
		"not before":         "id token not yet valid",
	} {
		if strings.Contains(err.Error(), part) {
			return reason
		}
	}
	return "id token malformed"
}
