package oidc

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
)

func parseQuery(s string) (url.Values, error) { return url.ParseQuery(s) }

func afterQuestion(s string) string {
	_, q, _ := strings.Cut(s, "?")
	return q
}

func readTokens(answer *httptest.ResponseRecorder) tokens {
	var t tokens
	_ = json.Unmarshal(answer.Body.Bytes(), &t)
	return t
}

func writeTokens(answer *httptest.ResponseRecorder, t tokens) {
	b, _ := json.Marshal(t)
	answer.Body.Reset()
	_, _ = answer.Body.Write(b)
}
