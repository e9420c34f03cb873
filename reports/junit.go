package reports

import (
	"encoding/xml"
	"strings"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"timestamp,attr,omitempty"`
	Props    []junitProp `xml:"properties>property"`
	Cases    []junitCase `xml:"testcase"`
}

type junitProp struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
}

// encodeJUnit writes the report as JUnit's XML: a test case for each finding that counts, and
// one for the verdict. A fail is a failure; inconclusive is an error, as a test that could not
// be carried out.
func encodeJUnit(r *Report) ([]byte, error) {
	s := junitSuite{Name: legal("holdfast " + r.Scenario + simulated(r)), Props: []junitProp{
		{"run", legal(r.Run)}, {"seed", digitsOf(r.Seed)}, {"version", legal(r.Version)}, {"verdict", string(r.Verdict)},
	}}
	if !r.Started.IsZero() {
		s.Time = r.Started.UTC().Format("2006-01-02T15:04:05")
	}
	s.add(junitCaseOf(r, Finding{Checker: "verdict", Claim: "verdict of " + r.Scenario, Measured: verdictLine(r), Verdict: r.Verdict}))
	for _, f := range r.Findings {
		if !f.Info {
			s.add(junitCaseOf(r, f))
		}
	}
	body, err := xml.MarshalIndent(s, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
}

func junitCaseOf(r *Report, f Finding) junitCase {
	c := junitCase{Name: legal(f.Claim), Class: legal("holdfast." + r.Scenario + "." + f.Checker), Out: legal(f.Measured)}
	p := &junitProblem{Message: legal(f.Measured), Type: string(f.Verdict)}
	if f.Missing != "" {
		p.Message += legal("; missing: " + f.Missing)
	}
	switch f.Verdict.rank() {
	case 1:
		c.Error = p
	case 2:
		c.Failure = p
	}
	return c
}

// legal leaves out what XML 1.0 cannot hold, not even escaped.
func legal(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 {
			return c
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
