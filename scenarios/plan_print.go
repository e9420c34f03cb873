package scenarios

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
)

// String is the plan as a person reads it before agreeing to it.
func (p Plan) String() string {
	var b strings.Builder
	s := p.Scenario
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "scenario\t%s\n", s.Name)
	for i, line := range wrap(s.Description, 90) {
		fmt.Fprintf(w, "%s\t%s\n", []string{"proves", ""}[min(i, 1)], line)
	}
	fmt.Fprintf(w, "seed\t%d\n", p.Seed)
	fmt.Fprintf(w, "topology\t%s\n", topology(s.Topology))
	fmt.Fprintf(w, "takes\tabout %s once the deployment is up\n", Brief(p.Estimate.Round(time.Second)))
	flush(w)
	p.printPhases(&b)
	p.printLoad(&b)
	p.printFaults(&b)
	printObjectives(&b, s)
	for i, w := range p.Warnings {
		fmt.Fprintf(&b, "%s%s\n", []string{"\nwarnings\n  ", "  "}[min(i, 1)], w)
	}
	return b.String()
}

func (p Plan) printPhases(b *strings.Builder) {
	b.WriteString("\nphases, from the beginning of the load\n")
	ph := p.Scenario.Phases
	notes := map[string]string{
		"warmup": "load that is not judged",
		"before": "steady state: the base line",
		"faults": fmt.Sprintf("until everything is undone and serves again (given up on %s after its undo)", Brief(ph.HealTimeout)),
		"after":  "steady state again",
		"settle": fmt.Sprintf("the load has ended; every session is asked after (at most %s)", Brief(ph.Settle)),
	}
	if len(p.Faults) == 0 {
		notes["faults"] = "nothing is broken"
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, x := range p.Phases {
		length := Brief(x.For)
		if x.AtLeast {
			length = "about " + length
		}
		fmt.Fprintf(w, "  +%s\t%s\t%s\t%s\n", Brief(x.At), x.Name, length, notes[x.Name])
	}
	flush(w)
}

func (p Plan) printLoad(b *strings.Builder) {
	l := p.Scenario.Load
	length := p.afterFaults() + p.Scenario.Phases.After
	average, peak := p.expect(0, length, nil)/length.Seconds(), Rate(0)
	for _, c := range l.Classes {
		peak += c.peak()
	}
	most := ""
	if float64(peak) > average*1.01 {
		most = fmt.Sprintf(", at most %s", peak)
	}
	fmt.Fprintf(b, "\nload: %s journeys/s on average%s, each within %s, connections %s\n", plain(round(average)), most, Brief(l.Timeout), l.Connections)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, c := range l.Clients {
		fmt.Fprintf(w, "  client %s\t%s\tHTTP/%s, retry %s, share %s\n", c.Name, c.Profile, c.HTTP, c.Retry, plain(round(c.Share)))
	}
	if l.Cohort > 0 {
		fmt.Fprintf(w, "  cohort\tlogin\t%d users log in first and are followed to the end\n", l.Cohort)
	}
	for _, c := range p.Classes {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", c.Name, c.Journey, c.ScheduleText)
	}
	flush(w)
}

func (p Plan) printFaults(b *strings.Builder) {
	if len(p.Faults) == 0 {
		b.WriteString("\nfaults: none\n")
		return
	}
	b.WriteString("\nfaults, from the beginning of their phase\n")
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, f := range p.Faults {
		control := "no control: no node of its role is left alone"
		if f.Control != "" {
			control = "control " + f.Control
		}
		fmt.Fprintf(w, "  %s\t%s for %s\t%s\t%s\n", f.ID, moment(f), Brief(f.For), act(f), control)
	}
	flush(w)
}

// moment says when a fault is made.
func moment(f PlannedFault) string {
	text := "at +" + Brief(f.At)
	if f.When != nil {
		text += ", when " + f.When.String() + ","
	}
	if f.Aim != "" {
		text += ", at a journey's " + f.Aim + ","
	}
	return text
}

// act says in words what a fault does.
func act(f PlannedFault) string {
	nodes := strings.Join(f.Targets, ", ")
	switch x := f.Settings.(type) {
	case *chaos.Kill:
		return fmt.Sprintf("SIGKILL %s, then start again", nodes)
	case *chaos.Stop:
		return fmt.Sprintf("SIGTERM %s (SIGKILL after %s), then start again", nodes, Brief(x.Grace))
	case *chaos.Pause:
		return fmt.Sprintf("freeze %s, then thaw", nodes)
	case *chaos.Drain:
		return fmt.Sprintf("take %s out of the balancers and stop it (grace %s, at least %d must serve), then bring back",
			nodes, Brief(x.Grace), x.MinServing)
	}
	if settings := settingsText(f.Settings); settings != "" {
		return f.Kind + " on " + nodes + " (" + settings + "), then undo"
	}
	return f.Kind + " on " + nodes + ", then undo"
}

// topology is the deployment in a line.
func topology(t fixtures.Topology) string {
	var tiers []string
	for _, role := range roles {
		if nodes := t.Named(fixtures.Role(role)); len(nodes) > 0 {
			tiers = append(tiers, strings.Join(nodes, " "))
		}
	}
	image := "Keycloak " + t.Keycloak.Version
	if t.Keycloak.Image != "" {
		image = t.Keycloak.Image
	}
	return fmt.Sprintf("%s: %s (%s)", t.Kind, strings.Join(tiers, " | "), strings.Join(append([]string{image}, traits(t)...), ", "))
}

// traits are what a deployment has that the default one has not, in words.
func traits(t fixtures.Topology) []string {
	var out []string
	add := func(differs bool, format string, a ...any) {
		if differs {
			out = append(out, fmt.Sprintf(format, a...))
		}
	}
	usual := fixtures.DefaultTopology()
	add(t.Sites > 1, "%d sites, clients are sent to %s", t.Sites, map[string]string{"both": "both", "primary": "the primary"}[t.DNS.Sites])
	add(t.Sessions != usual.Sessions, "sessions %s", t.Sessions)
	add(t.Database.Commit != usual.Database.Commit, "commit %s", t.Database.Commit)
	add(t.Database.Manager != usual.Database.Manager, "manager %s", t.Database.Manager)
	add(t.Database.Endpoint != usual.Database.Endpoint, "database endpoint %s", t.Database.Endpoint)
	add(t.DNS.TTL != usual.DNS.TTL, "DNS TTL %s", Brief(t.DNS.TTL))
	add(len(t.Links) > 0, "links through a proxy: %s", strings.Join(t.Links, ", "))
	return out
}

// wrap breaks text into lines of at most width.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// flush cannot fail: what is below it is a string.
func flush(w *tabwriter.Writer) { _ = w.Flush() }

func round(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
