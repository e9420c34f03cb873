package scenarios

import (
	"fmt"
	"slices"
	"time"
)

func (s Scenario) checkLoad(f *findings) {
	l := s.Load
	if l.Timeout < 100*time.Millisecond || l.Timeout > 2*time.Minute {
		f.add("load.timeout", "timeout is %s, out of range: between 100ms and 2m", Brief(l.Timeout))
	}
	if len(l.Classes) == 0 {
		f.add("load.classes", "no traffic: without a class nothing could be seen to fail")
	}
	seen := map[string]int{}
	peak := Rate(0)
	for i, c := range l.Classes {
		path := fmt.Sprintf("load.classes[%d]", i)
		if c.Journey == "" {
			continue
		}
		if before, twice := seen[c.Name]; twice {
			f.add(path+".name", "two classes are called %s: load.classes[%d] and this; give one a name of its own", c.Name, before)
		}
		seen[c.Name] = i
		if c.Name == "cohort" || !nameable.MatchString(c.Name) {
			f.add(path+".name", "%q cannot be a class's name: use lower-case letters, digits and '-', and not cohort", c.Name)
		}
		checkClass(c, path, f)
		peak += c.peak()
	}
	if l.MaxRate > 0 && peak > l.MaxRate {
		f.add("load.classes", "the classes ask for %s at their peak, more than the safety cap of %s; if the deployment is yours to load so, set load.max_rate (--set load.max_rate=%s)",
			peak, l.MaxRate, peak)
	}
	if l.MaxRate <= 0 {
		f.add("load.max_rate", "the safety cap must be more than 0")
	}
}

// checkClass wants exactly one way to say when arrivals are due.
func checkClass(c Class, path string, f *findings) {
	if (c.Ramp != nil || len(c.Steps) > 0) && c.Schedule != "" {
		f.add(path+".schedule", "ramps and steps have evenly spread arrivals; leave schedule out")
	}
	switch {
	case c.Ramp != nil && len(c.Steps) > 0:
		f.add(path+".steps", "a class has a ramp or steps, not both")
	case len(c.Steps) > 0:
		if c.Rate != 0 {
			f.add(path+".rate", "steps have rates of their own; leave rate out")
		}
		checkSteps(c.Steps, path, f)
	case c.Ramp != nil:
		if c.Ramp.To <= 0 && c.Rate <= 0 {
			f.add(path+".ramp.to", "the ramp stays at 0: no arrival would ever be due")
		}
		if c.Ramp.Over <= 0 {
			f.add(path+".ramp.over", "over must be more than 0")
		}
	case c.Rate <= 0:
		f.add(path+".rate", "the class needs a rate (4/s or 74/min), a ramp or steps")
	}
}

func checkSteps(steps []Step, path string, f *findings) {
	arrivals := false
	for i, st := range steps {
		arrivals = arrivals || st.Rate > 0
		if st.For <= 0 && i < len(steps)-1 {
			f.add(fmt.Sprintf("%s.steps[%d].for", path, i), "for must be more than 0; only the last step may go on without end")
		}
	}
	if !arrivals {
		f.add(path+".steps", "every step has rate 0: no arrival would ever be due")
	}
}

// peak is the greatest rate the class ever has.
func (c Class) peak() Rate {
	most := c.Rate
	if c.Ramp != nil {
		most = max(most, c.Ramp.To)
	}
	for _, st := range c.Steps {
		most = max(most, st.Rate)
	}
	return most
}

// needSession are the journeys that use a session that is there already.
var needSession = []string{"refresh", "userinfo", "introspection", "sso"}

// checkSessions makes sure that journeys that need sessions will find some.
func (s Scenario) checkSessions(f *findings) {
	logins := slices.ContainsFunc(s.Load.Classes, func(c Class) bool { return c.Journey == "login" })
	for i, c := range s.Load.Classes {
		path := fmt.Sprintf("load.classes[%d].journey", i)
		switch {
		case slices.Contains(needSession, c.Journey) && !logins && s.Load.Cohort == 0:
			f.add(path, "%s needs a session: add a class with journey login, or a cohort (load.cohort)", c.Journey)
		case c.Journey == "logout" && !logins:
			f.add(path, "logout needs sessions to end, and the cohort's are kept: add a class with journey login")
		}
	}
	if s.Load.Cohort == 0 && s.followsSessions() {
		path := "load.cohort"
		if s.Objectives.SessionsLost != nil {
			path = "objectives.sessions_lost"
		}
		f.add(path, "the objectives promise that sessions are kept, but no cohort is followed: set load.cohort, such as 60")
	}
	if users := s.Topology.Keycloak.Users; s.Load.Cohort > users {
		f.add("load.cohort", "a cohort of %d needs as many users; topology.keycloak.users is %d", s.Load.Cohort, users)
	}
}
