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
	text, column := window(p.Text, p.Column)
	caret := strings.Repeat(" ", column-1) + "^"
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s\n    %s\n    %s", p.Source, p.Message, text, caret)
	}
	return fmt.Sprintf("%s:%d:%d: %s\n%5d | %s\n      | %s", p.Source, p.Line, p.Column, p.Message, p.Line, text, caret)
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

// sort puts problems of files in the order of their lines; those of flags come last, as given.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		if a.Line == 0 {
			return 0
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
