package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// ConsoleOptions are how a report is shown in a terminal.
type ConsoleOptions struct {
	Color bool
	Width int // columns; 0 is 120
}

// Console prints the report for people: what was promised, what was measured, the verdict of
// each; then the numbers by journey and the disruptions; the verdict last.
func Console(w io.Writer, r *Report, o ConsoleOptions) error {
	if o.Width <= 0 {
		o.Width = 120
	}
	p := &printer{o: o}
	p.headline(r)
	p.table(claimHead, claimRows(r), map[int]int{0: o.Width * 3 / 10})
	p.section(faultTitle, faultHead, faultRows(r))
	p.section(availabilityTitle, availabilityHead, availabilityRows(r))
	p.section(latencyTitle, latencyHead, latencyRows(r))
	p.section(infoTitle, infoHead, infoRows(r))
	p.print("\n" + p.paint(r.Verdict, plain(verdictLine(r))) + "\n")
	if p.err != nil {
		return fmt.Errorf("print report: %w", p.err)
	}
	_, err := p.out.WriteTo(w)
	return err
}

type printer struct {
	o   ConsoleOptions
	out bytes.Buffer
	err error
}

func (p *printer) print(s string) { p.out.WriteString(s) }

func (p *printer) headline(r *Report) {
	p.print(plain(fmt.Sprintf("%s%s, run %s, seed %d", r.Scenario, simulated(r), r.Run, r.Seed)) + "\n")
	if r.Description != "" {
		p.print(plain(r.Description) + "\n")
	}
	p.print("\n")
}

func (p *printer) section(title string, head []string, rows [][]string) {
	if len(rows) > 0 {
		p.print("\n" + title + "\n")
		p.table(head, rows, nil)
	}
}

// table prints rows; the widest column gives way until the table fits.
func (p *printer) table(head []string, rows [][]string, most map[int]int) {
	widths := p.fit(head, rows, most)
	t := tablewriter.NewTable(&p.out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleLight)})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithRowAutoWrap(tw.WrapNormal),
		tablewriter.WithTrimSpace(tw.On),
		tablewriter.WithColumnWidths(widths),
	)
	t.Header(head)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = p.paint(Verdict(c), plain(c))
		}
		p.fail(t.Append(cells))
	}
	p.fail(t.Render())
}

func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// fit gives each column the width of its content (and of its padding), at most what most says,
// and then narrows the widest until all fit.
func (p *printer) fit(head []string, rows [][]string, most map[int]int) tw.Mapper[int, int] {
	out, total := tw.NewMapper[int, int](), 0
	for i, h := range head {
		width := len([]rune(h))
		for _, row := range rows {
			width = max(width, len([]rune(plain(row[i]))))
		}
		if m := most[i]; m > 0 {
			width = min(width, m)
		}
		out.Set(i, width+2)
		total += width + 3
	}
	for ; total > p.o.Width; total-- {
		widest := 0
		for i := range head {
			if out.Get(i) > out.Get(widest) {
				widest = i
			}
		}
		out.Set(widest, out.Get(widest)-1)
	}
	return out
}

// paint colours a verdict and what is said of it, if colours were asked for.
func (p *printer) paint(v Verdict, s string) string {
	color, ok := map[Verdict]string{Pass: "32", Inconclusive: "33", Fail: "31"}[v]
	if !p.o.Color || !ok {
		return s
	}
	return "\x1b[1;" + color + "m" + s + "\x1b[0m"
}

// plain keeps control characters, and with them other people's escape sequences, off a terminal.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return ' '
		case unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == unicode.ReplacementChar:
			return -1
		}
		return c
	}, s)
}
