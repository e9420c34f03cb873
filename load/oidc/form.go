package oidc

import (
	"bytes"

	"golang.org/x/net/html"
)

// form is the login form of a page: where it goes and what it carries besides the credentials.
type form struct {
	action string
	hidden []string // names and values
}

const (
	formID  = "kc-form-login"
	errorID = "kc-error-message"
)

// loginForm finds Keycloak's login form. Reading begins at its tag: the head of the page is
// most of it and nothing of ours.
func loginForm(page []byte) (form, bool) {
	at := bytes.Index(page, []byte(formID))
	if at < 0 {
		return form{}, false
	}
	at = bytes.LastIndex(page[:at], []byte("<form"))
	if at < 0 {
		return form{}, false
	}
	z := html.NewTokenizer(bytes.NewReader(page[at:]))
	var f form
	for {
		switch z.Next() {
		case html.ErrorToken:
			return form{}, false
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" {
				return f, f.action != ""
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch {
			case string(name) == "form":
				tag := attributes(z, more)
				if tag.id != formID || f.action != "" {
					return form{}, false
				}
				f.action = tag.action
			case string(name) == "input":
				if tag := attributes(z, more); tag.kind == "hidden" && tag.name != "" {
					f.hidden = append(f.hidden, tag.name, tag.value)
				}
			}
		}
	}
}

type tag struct{ id, action, name, kind, value string }

func attributes(z *html.Tokenizer, more bool) tag {
	var t tag
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "id":
			t.id = string(value)
		case "action":
			t.action = string(value)
		case "name":
			t.name = string(value)
		case "type":
			t.kind = string(bytes.ToLower(value))
		case "value":
			t.value = string(value)
		}
	}
	return t
}

// pageReason is what a page is that should not have come with status 200.
func pageReason(page []byte) string {
	switch {
	case bytes.Contains(page, []byte(errorID)):
		return "error page"
	case bytes.Contains(page, []byte(formID)):
		return "login form again"
	}
	return "unexpected page"
}
