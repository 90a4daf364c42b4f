// Package nearest finds the word that a mistyped one was meant to be, for errors that say "did you mean".
package nearest

// Word returns the known word that differs from word in the fewest letters (inserted, deleted or changed), if these are
// at most edits and fewer than the known word has. It returns nothing if no word is that near, or two are equally near.
func Word(word string, known []string, edits int) string {
	best, least := "", edits+1
	for _, k := range known {
		switch d := distance(word, k); {
		case k == best || d >= len(k):
		case d == least:
			best = ""
		case d < least:
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or change (Levenshtein), a row of the table at a time.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
