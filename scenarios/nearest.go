package scenarios

import (
	"fmt"
	"strings"
)

// meant is "; did you mean x?" for the nearest of the words, or nothing if none is near.
func meant(word string, words []string) string {
	if w := Nearest(word, words); w != "" {
		return fmt.Sprintf("; did you mean %s?", w)
	}
	return ""
}

// Nearest is the word most like the given one, if that one can be a slip of it: at most a third
// of it is different. A word is also meant by its beginning.
func Nearest(word string, words []string) string {
	word = strings.ToLower(word)
	best, least := "", max(len(word)/3, 1)+1
	if len(word) > 64 {
		return ""
	}
	for _, w := range words {
		d := distance(word, strings.ToLower(w))
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(w), word) {
			d = min(d, 1)
		}
		if d < least {
			best, least = w, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that make a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
