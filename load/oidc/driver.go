// Package oidc is what users of a Keycloak realm do, as journeys for package load, and the
// ledger of every session that was acknowledged to them. It knows nothing of disruptions.
package oidc

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"holdfast/load"
)

// Config is the realm and who may use it.
type Config struct {
	URL   string // "https://auth.holdfast.test"
	Realm string
	// Browser is a public client for the code flow; Service a confidential one for client
	// credentials and introspection.
	Browser, Service Client
	UserCount        int
	User             func(i int) (name, password string) // 0 ≤ i < UserCount
	Seed             uint64                              // of which user an arrival is
	Now              func() time.Duration                // the offset from the start of the run
	// LockAfter is how many wrong passwords lock a user, if the realm protects against guessing;
	// 0 is no protection, and no journey of that kind.
	LockAfter int
	LockFor   time.Duration // how long a lock lasts after the last wrong password; 0 is for good
	// Position, if not nil, is told of every journey that has reached a position a fault can be
	// aimed at. The journey stands there until it returns: it should at once, unless a fault is
	// waiting for the position, and before ctx, the journey's, ends. It is called from many
	// goroutines.
	Position func(ctx context.Context, p Position)
}

// Client is a registered OIDC client.
type Client struct {
	ID          string
	Secret      string
	RedirectURI string
}

// A Driver makes the journeys of one realm and follows the sessions they lead to.
type Driver struct {
	config   Config
	err      error // of the configuration
	issuer   string
	base     *url.URL
	redirect *url.URL
	auth     *url.URL
	token    *url.URL
	userinfo *url.URL
	inspect  *url.URL
	end      *url.URL
	certs    *url.URL
	keys     *keys
	verifier *goidc.IDTokenVerifier
	oauth    oauth2.Config
	ledger   *ledger
	rotates  bool // a refresh token was found to be for one use before any disruption
	guessing *guessing
}

// New makes a driver. What is wrong with the configuration is said by Journey and Cohort.
func New(c Config) *Driver {
	c.URL = strings.TrimSuffix(c.URL, "/")
	if c.Now == nil {
		began := time.Now()
		c.Now = func() time.Duration { return time.Since(began) }
	}
	d := &Driver{config: c, issuer: c.URL + "/realms/" + c.Realm, keys: newKeys(), ledger: newLedger(c.Seed)}
	for to, path := range map[**url.URL]string{
		&d.base: c.URL + "/", &d.redirect: c.Browser.RedirectURI,
		&d.auth: d.endpoint("auth"), &d.token: d.endpoint("token"), &d.userinfo: d.endpoint("userinfo"),
		&d.inspect: d.endpoint("token/introspect"), &d.end: d.endpoint("logout"), &d.certs: d.endpoint("certs"),
	} {
		u, err := url.Parse(path)
		if err != nil || u.Host == "" {
			d.err = fmt.Errorf("make oidc driver: %q is no absolute URL", path)
			continue
		}
		*to = u
	}
	if c.UserCount < 1 || c.User == nil {
		d.err = fmt.Errorf("make oidc driver: there are no users")
	}
	d.oauth = oauth2.Config{ClientID: c.Browser.ID, RedirectURL: c.Browser.RedirectURI, Scopes: []string{goidc.ScopeOpenID},
		Endpoint: oauth2.Endpoint{AuthURL: d.endpoint("auth"), TokenURL: d.endpoint("token")}}
	d.verifier = goidc.NewVerifier(d.issuer, d.keys, &goidc.Config{ClientID: c.Browser.ID, SupportedSigningAlgs: signatures})
	return d
}

func (d *Driver) endpoint(name string) string {
	return d.issuer + "/protocol/openid-connect/" + name
}

// journeys are all there are, in the order they are shown.
var journeys = []struct {
	name string
	make func(*Driver) load.Journey
}{
	{"login", (*Driver).login},
	{"refresh", (*Driver).refresh},
	{"userinfo", (*Driver).whoami},
	{"introspection", (*Driver).introspection},
	{"client-credentials", (*Driver).clientCredentials},
	{"sso", (*Driver).sso},
	{"logout", (*Driver).logout},
	{"wrong-password", (*Driver).wrongPassword},
}

// Journeys are the names Journey takes.
func Journeys() []string {
	var names []string
	for _, j := range journeys {
		names = append(names, j.name)
	}
	return names
}

// Journey is the journey called name.
func (d *Driver) Journey(name string) (load.Journey, error) {
	if d.err != nil {
		return nil, d.err
	}
	for _, j := range journeys {
		if j.name == name {
			if name == "wrong-password" {
				if err := d.guards(); err != nil {
					return nil, err
				}
			}
			return j.make(d), nil
		}
	}
	return nil, fmt.Errorf("no journey %q; there are: %s", name, strings.Join(Journeys(), ", "))
}

// pick is the user of an arrival: any of them, the same for the same seed.
func (d *Driver) pick(c *load.Call) int {
	class := fnv.New64a()
	_, _ = class.Write([]byte(c.Class))
	rng := rand.NewPCG(d.config.Seed^class.Sum64(), c.Seq)
	return int(rng.Uint64() % uint64(d.users())) // #nosec G115 -- below UserCount
}
