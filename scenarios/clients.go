package scenarios

import (
	"cmp"
	"fmt"

	"holdfast/load"
	"holdfast/reports"
)

// Client is one kind of client with its share of the arrivals.
type Client struct {
	Name    string  `yaml:"name" jsonschema:"description=default: the profile and with HTTP/2 -h2"`
	Profile string  `yaml:"profile" jsonschema:"required,enum=ttl,enum=sticky,enum=forever,enum=fresh,description=how long an address is believed: ttl (for the DNS TTL; also connections end then); sticky (connections live as long as they work; resolves to dial); forever (resolves once as a JVM may); fresh (a connection for each request)"`
	HTTP    string  `yaml:"http" jsonschema:"enum=1.1,enum=2,description=version (default 1.1)"`
	Retry   string  `yaml:"retry" jsonschema:"enum=none,enum=browser,description=none (no request is sent twice) or browser (a GET whose kept-alive connection broke is sent once more on a fresh one) (default none)"`
	Share   float64 `yaml:"share" jsonschema:"description=of the arrivals in proportion to the others' (default 1)"`
}

// complete fills in what is not set.
func (c *Client) complete() {
	c.HTTP = cmp.Or(c.HTTP, "1.1")
	c.Retry = cmp.Or(c.Retry, load.RetryNone)
	c.Share = cmp.Or(c.Share, 1)
	if c.Name == "" && c.Profile != "" {
		c.Name = c.Profile
		if c.HTTP == "2" {
			c.Name += "-h2"
		}
	}
}

func (s Scenario) checkClients(f *findings) {
	seen := map[string]int{}
	for i, c := range s.Load.Clients {
		path := fmt.Sprintf("load.clients[%d]", i)
		if c.Profile == "" {
			continue // reported already
		}
		if before, twice := seen[c.Name]; twice {
			f.add(path+".name", "two clients are called %s: load.clients[%d] and this; give one a name of its own", c.Name, before)
		}
		seen[c.Name] = i
		if !nameable.MatchString(c.Name) {
			f.add(path+".name", "%q cannot be a client's name: use lower-case letters, digits and '-'", c.Name)
		}
		if !(c.Share > 0) || c.Share > 1e6 {
			f.add(path+".share", "share must be more than 0 and at most 1000000: it is weighed against the other clients'")
		}
	}
}

// clientMeta is the client profiles of the mix for the History; none when there is one only.
func (s Scenario) clientMeta() []reports.ClientMeta {
	if len(s.Load.Clients) < 2 {
		return nil
	}
	sum := 0.0
	for _, c := range s.Load.Clients {
		sum += c.Share
	}
	var out []reports.ClientMeta
	for _, c := range s.Load.Clients {
		out = append(out, reports.ClientMeta{Name: c.Name, Profile: c.Profile, HTTP: c.HTTP, Retry: c.Retry, Share: c.Share / sum})
	}
	return out
}
