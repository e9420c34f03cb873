package oidc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"holdfast/load"
)

// tokens is a token endpoint's answer.
type tokens struct {
	Access         string `json:"access_token"`
	ExpiresIn      int    `json:"expires_in"`
	Refresh        string `json:"refresh_token"`
	RefreshExpires int    `json:"refresh_expires_in"`
	ID             string `json:"id_token"`
}

const (
	anotherUser  = "subject of another user"
	invalidGrant = "invalid_grant"
	invalidToken = "invalid_token"
)

// oauthCodes are the errors that are told by name: a server could say anything.
var oauthCodes = []string{
	invalidGrant, invalidToken, "invalid_request", "invalid_client", "invalid_scope", "invalid_request_uri",
	"unauthorized_client", "unsupported_grant_type", "unsupported_response_type", "access_denied",
	"server_error", "unknown_error", "temporarily_unavailable", "insufficient_scope",
	"login_required", "interaction_required", "consent_required", "account_selection_required",
}

func oauthReason(code string) string {
	if slices.Contains(oauthCodes, code) {
		return code
	}
	return "unknown oauth error"
}

// tokenAnswer judges what a token endpoint said and takes the tokens.
func tokenAnswer(t *tokens) load.Judge {
	return func(r *load.Response) (load.Outcome, string) {
		switch {
		case r.Outcome != load.OK:
			return refusal(r)
		case r.Status != http.StatusOK:
			return load.Failed, "unexpected status"
		case json.Unmarshal(r.Body, t) != nil:
			return load.Failed, noJSON(r.Body)
		case t.Access == "":
			return load.Failed, "no access token"
		}
		return load.OK, ""
	}
}

// noJSON says what an answer is that should have been JSON: often a page, with status 200.
func noJSON(body []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return "page instead of json"
	}
	return "answer is no json"
}

// refusal tells a no of the application, which says why, from one of what is before it.
func refusal(r *load.Response) (load.Outcome, string) {
	var body struct {
		Error string `json:"error"`
	}
	if r.Outcome == load.Failed && r.Status < 500 && json.Unmarshal(r.Body, &body) == nil && body.Error != "" {
		return load.Failed, oauthReason(body.Error)
	}
	return r.Outcome, r.Reason
}

// claims are those of a token that say whose it is.
type claims struct {
	Subject  string `json:"sub"`
	Username string `json:"preferred_username"`
	Party    string `json:"azp"`
	ClientID string `json:"client_id"`
}

// peek reads an access token without verifying it: to us it is opaque, and it came from the
// issuer itself. A token that cannot be read says nothing.
func peek(token string) (claims, bool) {
	var c claims
	_, rest, _ := strings.Cut(token, ".")
	payload, _, signed := strings.Cut(rest, ".")
	if !signed {
		return c, false
	}
	b, err := base64.RawURLEncoding.DecodeString(payload)
	return c, err == nil && json.Unmarshal(b, &c) == nil
}
