package reports

import (
	"fmt"
	"strings"
)

// encodeSummary writes the report as Markdown, as a pull request or a wiki page shows it.
func encodeSummary(r *Report) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n", cell(r.Scenario), r.Verdict)
	fmt.Fprintf(&b, "**%s**\n\n", cell(verdictLine(r)))
	if r.Description != "" {
		fmt.Fprintf(&b, "%s\n\n", cell(r.Description))
	}
	fmt.Fprintf(&b, "Run %s, seed %d, holdfast %s, profile %s.\n", cell(r.Run), r.Seed, cell(r.Version), cell(r.Objectives.Profile))
	markdown(&b, "", claimHead, claimRows(r))
	markdown(&b, faultTitle, faultHead, faultRows(r))
	markdown(&b, availabilityTitle, availabilityHead, availabilityRows(r))
	markdown(&b, latencyTitle, latencyHead, latencyRows(r))
	markdown(&b, infoTitle, infoHead, infoRows(r))
	return []byte(b.String()), nil
}

func markdown(b *strings.Builder, title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n")
	if title != "" {
		fmt.Fprintf(b, "## %s\n\n", title)
	}
	line := func(cells []string) {
		for _, c := range cells {
			fmt.Fprintf(b, "| %s ", cell(c))
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
}

// cell makes text inert in Markdown: nothing in it ends a cell, begins a tag or a link.
func cell(s string) string {
	var b strings.Builder
	for _, c := range plain(s) {
		if strings.ContainsRune("\\`*_[]<>|#~&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
