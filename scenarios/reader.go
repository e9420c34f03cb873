package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"holdfast/fixtures"
)

// The bounds of what is given to the parser: it recurses with the depth of what it reads, and its
// time grows with the square of the number of lines.
const (
	longest   = 64 << 10 // bytes
	mostLines = 4000
	mostDeep  = 64
)

// A source is text that values were written in: a file or a flag.
type source struct {
	name  string
	lines []string
	flag  bool
	shift int // of a flag: the column its value begins after
}

// A place is where in a source a value or key was written.
type place struct {
	src          *source
	line, column int
}

// reader collects what is read from a file and flags: where each value was written, and
// everything that is wrong. Paths are like faults[0].kind; the whole scenario is "".
type reader struct {
	places   map[string]place
	problems Problems
	bad      []string // paths that have a problem already
}

func newReader() *reader { return &reader{places: map[string]place{}} }

// report notes a problem of the value at path, which was written at p.
func (r *reader) report(p place, path, format string, a ...any) {
	r.bad = append(r.bad, path)
	problem := Problem{Source: p.src.name, Line: p.line, Column: p.column, Message: fmt.Sprintf(format, a...)}
	if i := p.line - 1; i >= 0 && i < len(p.src.lines) {
		problem.Text = p.src.lines[i]
	}
	if p.src.flag {
		problem.Line = 0
	}
	r.problems = append(r.problems, problem)
}

// place is where the value at path was written, or else the nearest thing around it.
func (r *reader) place(path string) place {
	for {
		if p, ok := r.places[path]; ok {
			return p
		}
		if path == "" {
			return place{src: &source{name: "scenario"}, line: 1, column: 1}
		}
		path = parent(path)
	}
}

// semantic notes a finding about a value unless that value, one in it or one around it was
// unreadable: the finding may only be a consequence.
func (r *reader) semantic(f fixtures.FieldError) {
	for _, b := range r.bad {
		if within(b, f.Path) || within(f.Path, b) {
			return
		}
	}
	r.report(r.place(f.Path), f.Path, "%s", f.Why)
}

// within says that path is the value at around or in it.
func within(path, around string) bool {
	return path == around || strings.HasPrefix(path, around+".") || strings.HasPrefix(path, around+"[")
}

// parent is the path around path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// join is the path of a key in the value at path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// node reads text as one YAML document.
func (r *reader) node(src *source, text string) (ast.Node, bool) {
	start := place{src: src, line: 1, column: 1 + src.shift}
	if len(text) > longest {
		r.report(start, "", "the scenario has %d bytes; more than %d is none", len(text), longest)
		return nil, false
	}
	if n := strings.Count(text, "\n"); n > mostLines {
		r.report(start, "", "the scenario has %d lines; more than %d is none", n, mostLines)
		return nil, false
	}
	if deepest(text) > mostDeep {
		r.report(start, "", "lists or brackets are nested too deeply for a scenario")
		return nil, false
	}
	file, err := parse(text)
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil:
		pos := syntax.Token.Position
		r.report(place{src, pos.Line, pos.Column + src.shift}, "", "not YAML: %s", syntax.Message)
		return nil, false
	case err != nil:
		r.report(start, "", "not YAML: %v", err)
		return nil, false
	}
	var body ast.Node
	for i, doc := range file.Docs {
		if i > 0 && doc.Body != nil {
			r.report(at(src, doc.Body), "", "a second document; a scenario is one")
			return nil, false
		}
		if i == 0 {
			body = doc.Body
		}
	}
	return body, true
}

// parse reads YAML; a parser that panics on broken input has not read it.
func parse(text string) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be read (%v)", p)
		}
	}()
	return parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
}

// deepest is a bound of how deeply lists in flow brackets or in one line are nested in text.
func deepest(text string) int {
	depth, most := 0, 0
	for line := range strings.Lines(text) {
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
				most = max(most, depth)
			case ']', '}':
				depth = max(depth-1, 0)
			}
		}
		begin := strings.TrimLeft(line, "-? \t")
		most = max(most, strings.Count(line[:len(line)-len(begin)], "- "))
	}
	return most
}

// at is where a node begins.
func at(src *source, n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return at(src, n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return at(src, n.Key)
	}
	tok := n.GetToken()
	if tok == nil || tok.Position == nil {
		return place{src, 1, 1 + src.shift}
	}
	shift := 0
	if src.flag {
		shift = src.shift
	}
	return place{src, tok.Position.Line, tok.Position.Column + shift}
}
