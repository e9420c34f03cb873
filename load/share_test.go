package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func threeClients(rt memory) []NamedClient {
	made := func() *Client { return NewClient(ClientOptions{Transport: rt}) }
	return []NamedClient{{"app", 0.5, made()}, {"browser", 0.3, made()}, {"java", 0.2, made()}}
}

// TestShares: over 10,000 arrivals each client has its share within four standard deviations,
// and which client an arrival has is told by seed, class and number alone.
func TestShares(t *testing.T) {
	t.Parallel()
	s := newShares(&Engine{Clients: threeClients(nil), Seed: 7})
	again := newShares(&Engine{Clients: threeClients(nil), Seed: 7})
	other := newShares(&Engine{Clients: threeClients(nil), Seed: 8})
	const n = 10000
	count := map[string]int{}
	var sameClass, sameSeed int
	for k := range uint64(n) {
		name, c := s.of("login", k)
		count[name]++
		if c == nil {
			t.Fatal("no client")
		}
		if got, _ := again.of("login", k); got != name {
			t.Fatalf("arrival %d: %s, then %s", k, name, got)
		}
		if got, _ := s.of("refresh", k); got == name {
			sameClass++
		}
		if got, _ := other.of("login", k); got == name {
			sameSeed++
		}
	}
	for _, c := range s.clients {
		want, slack := c.Share*n, 4*math.Sqrt(n*c.Share*(1-c.Share))
		if math.Abs(float64(count[c.Name])-want) > slack {
			t.Errorf("%s: %d of %d, want %.0f ± %.0f", c.Name, count[c.Name], n, want, slack)
		}
	}
	// Independent choices agree in .5² + .3² + .2² = 38 % of cases.
	for what, same := range map[string]int{"another class": sameClass, "another seed": sameSeed} {
		if same < 3600 || same > 4000 {
			t.Errorf("%s chooses the same in %d of %d cases, want about 3800", what, same, n)
		}
	}
}

// TestClientsAreNamed in arrivals and operations, and only when there is more than one.
func TestClientsAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, answering(200))
		e.Clients = threeClients(answering(200))
		classes := []Class{{Name: "web", Schedule: During(Constant(100), time.Second), Run: get}}
		if err := e.Run(t.Context(), classes); err != nil {
			t.Fatal(err)
		}
		e.One(t.Context(), "cohort", get)
		operations := map[string]string{}
		for _, o := range rec.operations {
			operations[fmt.Sprint(o.Class, o.Seq)] = o.Client
		}
		for _, a := range rec.arrivals {
			want, _ := e.shares.of("web", a.Seq)
			if a.Class == "cohort" {
				want = "app"
			}
			if a.Client != want || operations[fmt.Sprint(a.Class, a.Seq)] != want {
				t.Errorf("%+v, want client %q", a, want)
			}
		}
		if len(rec.arrivals) != 101 {
			t.Errorf("%d arrivals", len(rec.arrivals))
		}
	})
}

func TestClientsOfAnEngine(t *testing.T) {
	t.Parallel()
	c := NewClient(ClientOptions{})
	for _, tc := range []struct {
		name    string
		clients []NamedClient
		want    string
	}{
		{"one needs no name", []NamedClient{{"", 0, c}}, ""},
		{"two do", []NamedClient{{"a", 1, c}, {"", 1, c}}, "empty or used twice"},
		{"two names", []NamedClient{{"a", 1, c}, {"a", 1, c}}, "empty or used twice"},
		{"no shares", []NamedClient{{"a", 0, c}, {"b", 0, c}}, "add up to 0"},
		{"a share less than nothing", []NamedClient{{"a", -1, c}, {"b", 2, c}}, "no share"},
		{"no client", []NamedClient{{"a", 1, nil}, {"b", 2, c}}, "no client"},
		{"shares in proportion", []NamedClient{{"a", 3, c}, {"b", 1, c}}, ""},
	} {
		err := (&Engine{Clients: tc.clients}).Run(t.Context(), nil)
		if (err == nil) != (tc.want == "") || (err != nil && !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// golden is the schedules and client choices of one seed, forever: a stored run is repeated by
// its seed on another machine and with another build.
const golden = "d25fb47f03e67be49396de59673463695b5631e832eef140c451b00dccb4bed2"

func TestSameSeedSameArrivals(t *testing.T) {
	t.Parallel()
	sum := sha256.New()
	for _, s := range []Schedule{
		Constant(37), During(Poisson(40, 11), time.Minute), Ramp(5, 50, 30*time.Second), Faster(Poisson(9, 3), 8),
	} {
		_, _ = fmt.Fprintln(sum, s)
		for k := range min(2000, s.Len()) {
			_, _ = fmt.Fprintln(sum, int64(s.Due(k)))
		}
	}
	shares := newShares(&Engine{Clients: threeClients(nil), Seed: 11})
	for k := range uint64(2000) {
		name, _ := shares.of("login", k)
		_, _ = fmt.Fprintln(sum, name)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != golden {
		t.Errorf("hash %s, want %s", got, golden)
	}
}
