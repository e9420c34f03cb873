package reports

import (
	"fmt"
	"strings"
	"time"
)

// Profile is a ready-made set of objectives.
type Profile struct {
	Name       string
	Source     string // who says so
	Objectives Objectives
}

// Profiles lists the ready-made objectives.
func Profiles() []Profile { return []Profile{keycloakDocs(), strict(), none()} }

// keycloakDocs is what Keycloak publishes. The high-availability guides (single-cluster and
// multi-cluster concepts) say that the loss of a node is recovered in less than 30 s and that no
// data is lost; the guide on service level indicators sets, as its example, 95 % of requests
// under 250 ms and under 0.1 % errors. Those are server-side figures; here the client measures.
func keycloakDocs() Profile {
	return Profile{
		Name:   "keycloak-docs",
		Source: "Keycloak's high-availability guides and its service level example, measured at the client",
		Objectives: Objectives{
			Recovery: 30 * time.Second, SessionsLost: ptr(0), P95: 250 * time.Millisecond, ErrorRatio: ptr(0.001),
		},
	}
}

// strict is that nobody notices, which vendors promise of planned work: no arrival goes bad in
// the whole measured run, so none in the steady windows, none while the disruptions last and no
// instant without a success; nobody is logged out; and 99 % are answered within a second, beyond
// which a person's flow of thought is interrupted (Nielsen's response-time limits).
func strict() Profile {
	return Profile{
		Name:   "strict",
		Source: "zero-downtime promises of vendors: nobody notices",
		Objectives: Objectives{
			Outage: ptr(time.Duration(0)), SessionsLost: ptr(0), P99: time.Second,
			ErrorRatio: ptr(0.0), FaultErrorRatio: ptr(0.0),
		},
	}
}

// none promises nothing: what is promised is then what the scenario says, field by field.
func none() Profile { return Profile{Name: "none", Source: "only the fields that are set"} }

// Resolve fills what is not set from the profile that is named. Resolving twice changes nothing.
func Resolve(o Objectives) (Objectives, error) {
	if o.Profile == "" {
		o.Profile = "none"
	}
	var names []string
	for _, p := range Profiles() {
		if p.Name == o.Profile {
			return o.over(p.Objectives), o.Validate()
		}
		names = append(names, p.Name)
	}
	return o, fmt.Errorf("unknown profile %q; there are: %s", o.Profile, strings.Join(names, ", "))
}

// over is o with base's objectives where o has none.
func (o Objectives) over(base Objectives) Objectives {
	base.Profile = o.Profile
	set(&base.Recovery, o.Recovery)
	set(&base.Outage, o.Outage)
	set(&base.SessionsLost, o.SessionsLost)
	set(&base.P95, o.P95)
	set(&base.P99, o.P99)
	set(&base.ErrorRatio, o.ErrorRatio)
	set(&base.FaultErrorRatio, o.FaultErrorRatio)
	set(&base.Availability, o.Availability)
	set(&base.FullRecovery, o.FullRecovery)
	set(&base.RPO, o.RPO)
	set(&base.Failover, o.Failover)
	set(&base.FalseHealthy, o.FalseHealthy)
	set(&base.FalseUnhealthy, o.FalseUnhealthy)
	set(&base.Consistency, o.Consistency)
	set(&base.SlowNode, o.SlowNode)
	set(&base.Amplification, o.Amplification)
	set(&base.Yearly, o.Yearly)
	if len(o.Samples) > 0 {
		base.Samples = o.Samples
	}
	return base
}

func set[T comparable](to *T, v T) {
	var zero T
	if v != zero {
		*to = v
	}
}

func ptr[T any](v T) *T { return &v }
