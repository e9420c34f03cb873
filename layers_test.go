package holdfast_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "holdfast/"

// layers are the edges there may be between our packages: who imports whom. Anything goes for a
// command. What is not here fails; a new package needs a line.
//
//	cmd/holdfast ─▶ scenarios ─┬─▶ fixtures ◀─ fixtures/docker, fixtures/sim, fixtures/images
//	                           ├─▶ chaos ─▶ fixtures
//	                           ├─▶ load ◀─ load/oidc
//	                           └─▶ reports ─▶ load, chaos (their records)
var layers = map[string][]string{
	"fixtures":        {},
	"fixtures/docker": {"fixtures", "fixtures/images"},
	"fixtures/images": {"fixtures"},
	"fixtures/sim":    {"fixtures"},
	"fixtures/shaper": {}, // what the proxy node runs: a process of its own, with libraries of its own
	"load":            {},
	"load/oidc":       {"load"},
	"reports/wal":     {}, // lines with checksums on disk: the History and the journal are kept alike
	"chaos":           {"fixtures", "reports/wal"},
	"reports":         {"load", "chaos", "reports/wal"},
	"scenarios":       {"fixtures", "chaos", "load", "load/oidc", "reports"},
	// Defects are planted in the twin only.
	"scenarios/selftest": {"fixtures", "fixtures/sim", "reports", "scenarios"},
}

// rooms are the only packages that may import a library, by the beginning of its path.
var rooms = map[string][]string{
	"net/http":                      {"cmd/loadbench", "load", "load/oidc", "fixtures/docker", "fixtures/images", "fixtures/sim"},
	"github.com/moby/":              {"fixtures/docker", "fixtures/images"},
	"github.com/testcontainers/":    {"fixtures/docker", "fixtures/images"},
	"github.com/Shopify/":           {"fixtures/shaper"},
	"github.com/tsenart/vegeta/":    {"load"},
	"github.com/spf13/":             {"cmd/holdfast"},
	"github.com/goccy/go-yaml":      {"scenarios"},
	"github.com/HdrHistogram/":      {"load", "reports"},
	"github.com/rogpeppe/":          {},
	"github.com/google/go-cmp":      {},
	"pgregory.net/rapid":            {},
	"gonum.org/":                    {},
	"go.uber.org/goleak":            {},
	"testing":                       {},
	"github.com/santhosh-tekuri/":   {},
	"github.com/olekukonko/tablewr": {"cmd/holdfast", "reports"},
}

// forbidden returns why from may not import to, or nothing.
func forbidden(from, to string) string {
	if ours, ok := strings.CutPrefix(to, module); ok {
		allowed, known := layers[from]
		switch {
		case strings.HasPrefix(from, "cmd/"):
			return ""
		case !known:
			return "package " + from + " is not in the table of layers"
		case !slices.Contains(allowed, ours):
			return from + " imports " + ours + ", which is not in the table of layers"
		}
		return ""
	}
	for library, in := range rooms {
		if strings.HasPrefix(to+"/", library) && !slices.Contains(in, from) {
			return from + " imports " + to + "; only these may: " + strings.Join(in, ", ")
		}
	}
	return ""
}

func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range sources(t) {
		from := path.Dir(file)
		seen[from] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if tagged(parsed, "//go:build deps") {
			continue // keeps modules in go.mod; is in no build
		}
		for _, spec := range parsed.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := forbidden(from, to); why != "" {
				t.Errorf("%s: %s", file, why)
			}
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: things are listed, not registered", file)
			}
		}
	}
	for _, p := range []string{"scenarios", "chaos", "load", "reports", "cmd/holdfast"} {
		if !seen[p] {
			t.Errorf("no file of package %s was looked at", p)
		}
	}
}

// tagged says that the file has the build constraint.
func tagged(f *ast.File, constraint string) bool {
	return slices.ContainsFunc(f.Comments, func(c *ast.CommentGroup) bool { return c.List[0].Text == constraint })
}

// sources are the module's Go files that go into the product, for every platform and tag.
func sources(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || nested(p)):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(p, ".go") && !strings.HasSuffix(p, "_test.go"):
			out = append(out, filepath.ToSlash(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// nested says that dir is a module of its own.
func nested(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return !errors.Is(err, fs.ErrNotExist)
}

func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"scenarios", "holdfast/load/oidc", true},
		{"scenarios", "holdfast/fixtures/docker", false},
		{"load", "holdfast/fixtures", false},
		{"chaos", "holdfast/load", false},
		{"reports", "holdfast/fixtures", false},
		{"unheard/of", "holdfast/load", false},
		{"cmd/holdfast", "holdfast/fixtures/docker", true},
		{"chaos", "github.com/moby/moby/client", false},
		{"scenarios", "net/http", false},
		{"load", "net/http", true},
		{"load", "net/http/httptrace", true},
		{"chaos", "net/http/httptrace", false},
		{"load", "net/netip", true},
		{"load", "testing/synctest", false},
	} {
		if why := forbidden(tt.from, tt.to); (why == "") != tt.ok {
			t.Errorf("%s → %s: %q, want allowed: %v", tt.from, tt.to, why, tt.ok)
		}
	}
}
