package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Problem is one thing wrong with a scenario, and where it was written.
type Problem struct {
	Source  string // a file's name, or the flag as given
	Line    int    // from 1; 0 when the source is not a file
	Column  int    // from 1
	Message string
	Text    string // the line it is in
}

// Error is file:line:column: message, then the line with a caret below the column.
func (p Problem) Error() string {
	var b strings.Builder
	gutter := "    "
	if p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: %s", p.Source, p.Line, p.Column, p.Message)
		gutter = fmt.Sprintf("%5d | ", p.Line)
	} else {
		fmt.Fprintf(&b, "%s: %s", p.Source, p.Message)
	}
	text, column := window(p.Text, p.Column)
	fmt.Fprintf(&b, "\n%s%s\n%s", gutter, text, strings.Repeat(" ", len(strings.TrimRight(gutter, " |"))))
	if p.Line > 0 {
		b.WriteString(" | ")
	}
	b.WriteString(strings.Repeat(" ", column-1) + "^")
	return b.String()
}

// window is the part of a line around the column that fits a terminal, made printable: one cell
// for each rune.
func window(line string, column int) (string, int) {
	const most = 100
	runes := []rune(strings.TrimRight(line, "\r\n"))
	column = max(1, min(column, len(runes)+1))
	from := 0
	if len(runes) > most && column > most-20 {
		from = min(column-1-most/2, len(runes)-most)
	}
	runes = runes[from:min(len(runes), from+most)]
	for i, r := range runes {
		switch {
		case r == '\t':
			runes[i] = ' '
		case !unicode.IsPrint(r):
			runes[i] = '·'
		}
	}
	return string(runes), column - from
}

// Problems are all that is wrong with a scenario, in the order of the file.
type Problems []Problem

// Error is every problem, one after the other.
func (ps Problems) Error() string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Error())
	}
	return strings.Join(out, "\n")
}

// sort puts problems of files in the order of their lines; those of flags come last.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
