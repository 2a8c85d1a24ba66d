package language

import "unicode/utf8"

// Typos returns how many typing mistakes a word of this many letters may have:
// one from four letters, two from eight.
func Typos(folded string) int {
	switch n := utf8.RuneCountInString(folded); {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// Distance returns how many letters must be added, left out, replaced or
// swapped with their neighbour to make a of b, or limit+1 when it is more than
// limit. Folded words are bytes for the languages we know; in others a letter
// of two bytes counts twice.
func Distance(a, b string, limit int) int {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > limit {
		return limit + 1
	}
	var rows [3][maxLetters*4 + 2]int8
	if len(a) > maxLetters*4 {
		return limit + 1
	}
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = int8(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = int8(i)
		least := row[0]
		for j := 1; j <= len(b); j++ {
			row[j] = step(a, b, i, j, before, last, row)
			least = min(least, row[j])
		}
		if int(least) > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(int(last[len(b)]), limit+1)
}

func step(a, b string, i, j int, before, last, row *[maxLetters*4 + 2]int8) int8 {
	d := last[j-1]
	if a[i-1] != b[j-1] {
		d++
	}
	d = min(d, last[j]+1, row[j-1]+1)
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		d = min(d, before[j-2]+1)
	}
	return d
}
