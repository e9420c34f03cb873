package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"holdfast/load"
)

var update = flag.Bool("update", false, "write the golden files anew")

// killed is the run that the golden files show: an outage, then errors now and then, and slower
// service when the node comes back.
func killed() *scene {
	s := newScene()
	s.Objectives(Objectives{Profile: "keycloak-docs", FullRecovery: sec(30)})
	s.outage(sec(70)+300*time.Millisecond, sec(74)+500*time.Millisecond)
	s.each(sec(75), sec(80), everyNth(15, refuse))
	return s.each(sec(91), sec(96), func(a *load.Arrival) { a.End += 80 * time.Millisecond })
}

// simulatedFailure is a run of the twin that was cut short, with something wrong everywhere.
func simulatedFailure() *scene {
	s := newScene().Objectives(Objectives{Profile: "strict", Recovery: sec(2)})
	s.Meta.Simulated, s.Complete = true, false
	s.Injections[0].Undone, s.Injections[0].Receipt.Healed, s.Injections[0].Receipt.ControlOK = false, nil, ptr(false)
	s.Sessions[0].Fate, s.Sessions[1].Fate = load.Lost, load.Indeterminate
	return s.outage(sec(72), sec(90))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (go test -update writes it anew): %s", name, d)
	}
}

func console(t testing.TB, r *Report, o ConsoleOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Console(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, s := range map[string]*scene{"killed": killed(), "simulated": simulatedFailure()} {
		r := Judge(&s.History)
		golden(t, name+".console.txt", []byte(console(t, r, ConsoleOptions{})))
		for _, f := range formats() {
			body, err := f.encode(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+f.file, body)
		}
	}
	golden(t, "result.schema.json", ResultSchema())
}

func TestConsoleFits(t *testing.T) {
	r := Judge(&simulatedFailure().History)
	r.Findings[0].Missing = strings.Repeat("much is missing; ", 40)
	for _, width := range []int{100, 120, 160} {
		out := console(t, r, ConsoleOptions{Width: width})
		for _, line := range strings.Split(out, "\n") {
			if n := len([]rune(line)); n > width && strings.ContainsAny(line, "│┼") {
				t.Errorf("%d columns, of %d: %s", n, width, line)
			}
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "FAIL") || !strings.Contains(last, "INCOMPLETE") || !strings.Contains(last, "SIMULATED") {
			t.Errorf("the last line is %q; want the verdict, incomplete and simulated", last)
		}
	}
}

func TestConsoleColors(t *testing.T) {
	r := Judge(&killed().History)
	if out := console(t, r, ConsoleOptions{}); strings.Contains(out, "\x1b") {
		t.Error("colours that nobody asked for")
	}
	color := console(t, r, ConsoleOptions{Color: true})
	if !strings.Contains(color, "\x1b[1;32mpass") {
		t.Errorf("no green pass in %q", color)
	}
	if bare := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(color, ""); bare != console(t, r, ConsoleOptions{}) {
		t.Error("with colours the text differs")
	}
}

// hostile is text that would do harm in some format.
const hostile = "a\x00b\x1b[31m|`<script>&amp;\u202e]]>\xff\ufffe\n# *x* [l](http://h) \"q\"'"

func TestHostileTextIsInert(t *testing.T) {
	r := Judge(&killed().History)
	r.Scenario, r.Run, r.Description, r.Version = hostile, hostile, hostile, hostile
	for i := range r.Findings {
		r.Findings[i].Claim, r.Findings[i].Measured, r.Findings[i].Missing = hostile, hostile, hostile
	}
	r.Faults[0].ID = hostile
	if out := console(t, r, ConsoleOptions{}); strings.ContainsAny(out, "\x00\x1b\uFFFD") {
		t.Error("control characters reach the terminal")
	}
	body, err := encodeJUnit(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(body, new(junitSuite)); err != nil || bytes.ContainsAny(body, "\x00\x1b") {
		t.Errorf("junit.xml is no XML: %v", err)
	}
	body, err = encodeSummary(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ReplaceAll(string(body), `\<`, ""), "<") || strings.ContainsAny(string(body), "\x1b\u202e") {
		t.Errorf("summary.md holds a tag or an escape: %s", body)
	}
	claims, _, _ := strings.Cut(string(body), "## ")
	for _, line := range strings.Split(claims, "\n") {
		if bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); bars != 0 && bars != 4 {
			t.Errorf("%d bars in %q, want 4", bars, line)
		}
	}
	body, err = encodeResult(r)
	if err != nil || !json.Valid(body) {
		t.Errorf("result.json is no JSON: %v", err)
	}
}

func schema(t testing.TB) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(ResultSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("result.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("result.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestResultKeepsItsSchema(t *testing.T) {
	s := schema(t)
	validate := func(change func(map[string]any)) error {
		body, err := encodeResult(Judge(&killed().History))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := validator.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		change(doc.(map[string]any))
		return s.Validate(doc)
	}
	if err := validate(func(map[string]any) {}); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(map[string]any){
		"without a verdict":      func(m map[string]any) { delete(m, "verdict") },
		"with another verdict":   func(m map[string]any) { m["verdict"] = "maybe" },
		"with a field of no one": func(m map[string]any) { m["mood"] = "good" },
		"with a word for a time": func(m map[string]any) { m["objectives"].(map[string]any)["p95_ms"] = "fast" },
	} {
		if err := validate(change); err == nil {
			t.Errorf("a result %s keeps the schema", name)
		}
	}
	for name, h := range map[string]*History{"empty": {}, "simulated": &simulatedFailure().History, "calm": &newScene().calm().History} {
		body, err := encodeResult(Judge(h))
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := validator.UnmarshalJSON(bytes.NewReader(body))
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// anyReport is a report with findings of every kind, its verdict concluded from them.
func anyReport(t *rapid.T) *Report {
	r := &Report{Format: ResultFormat, Scenario: rapid.String().Draw(t, "scenario"), Complete: rapid.Bool().Draw(t, "complete"), Simulated: rapid.Bool().Draw(t, "simulated")}
	for range rapid.IntRange(0, 6).Draw(t, "findings") {
		r.Findings = append(r.Findings, Finding{
			Checker: "x", Claim: rapid.String().Draw(t, "claim"), Measured: rapid.String().Draw(t, "measured"),
			Verdict: rapid.SampledFrom([]Verdict{Pass, Inconclusive, Fail}).Draw(t, "verdict"), Info: rapid.Bool().Draw(t, "info"),
		})
	}
	r.Verdict = conclude(r.Findings)
	return r
}

var verdictWord = regexp.MustCompile(`(?i)^\**(pass|inconclusive|fail)\b`)

func TestFormatsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		code := map[Verdict]int{Pass: 0, Fail: 1, Inconclusive: 3}[r.Verdict]
		if got := ExitCode(r.Verdict); got != code {
			t.Fatalf("exit code %d of %s", got, r.Verdict)
		}
		for name, got := range map[string]Verdict{
			"console": lastWord(t, r), "result.json": jsonVerdict(t, r), "junit.xml": junitVerdict(t, r), "summary.md": markdownVerdict(t, r),
		} {
			if got != r.Verdict {
				t.Fatalf("%s says %q, the report %q", name, got, r.Verdict)
			}
		}
	})
}

func lastWord(t *rapid.T, r *Report) Verdict {
	var b bytes.Buffer
	if err := Console(&b, r, ConsoleOptions{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	return Verdict(strings.ToLower(verdictWord.FindString(lines[len(lines)-1])))
}

func jsonVerdict(t *rapid.T, r *Report) Verdict {
	body, err := encodeResult(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Verdict Verdict }
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	return got.Verdict
}

// junitVerdict concludes as a CI server does: from the numbers of failures and errors.
func junitVerdict(t *rapid.T, r *Report) Verdict {
	body, err := encodeJUnit(r)
	if err != nil {
		t.Fatal(err)
	}
	var s junitSuite
	if err := xml.Unmarshal(body, &s); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if s.Tests != len(s.Cases) {
		t.Fatalf("%d tests, %d cases", s.Tests, len(s.Cases))
	}
	switch {
	case s.Failures > 0:
		return Fail
	case s.Errors > 0:
		return Inconclusive
	}
	return Pass
}

func markdownVerdict(t *rapid.T, r *Report) Verdict {
	body, err := encodeSummary(r)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Split(string(body), "\n")[2]
	return Verdict(strings.ToLower(strings.TrimLeft(verdictWord.FindString(line), "*")))
}
