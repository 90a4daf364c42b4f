package sim

import (
	"cmp"
	"slices"
	"strings"
)

// What a lab file may hold is declared once, in lists of keys: labKeys, hostKeys, routeKeys, linkKeys, faultKeys and
// appKeys, and the applications in appKinds. The strict parser (readKeys), the tables of docs/topology.md and the JSON schema
// for editors (Schema) are made from them. To add a key, add a row to its list, then run
//
//	go test ./sim -update
//
// which writes the tables and docs/topology.schema.json anew. testdata/bad gets a mistake with the new key, and the golden
// file then shows what a user sees.

// key is a key of a mapping in a file. T is what the mapping is read into.
type key[T any] struct {
	name  string
	doc   string // for docs/topology.md and the JSON schema
	must  bool   // required, or optional
	value schema // what its value looks like, for the JSON schema
	read  func(t *T, e entry)
}

const (
	required = true
	optional = false
)

// readKeys reads a mapping. what says what it is, and at is where it is to be said that a key is missing. A mistake at
// one key does not stop the reading of the others; if there was one, the mapping's reader goes on with what there is.
func readKeys[T any](at, v value, what string, keys []key[T], t *T) {
	readEntries(at, v.entries(what), what, keys, t)
}

func readEntries[T any](at value, entries []entry, what string, keys []key[T], t *T) {
	given := map[string]bool{}
	for _, e := range entries {
		given[e.name] = true
		i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == e.name })
		at.doc.attempt(func() {
			if i < 0 {
				e.key.fail("unknown key %q%s", e.name, suggest(e.name, keyNames(keys)))
			}
			keys[i].read(t, e)
		})
	}
	for _, k := range keys {
		if k.must && !given[k.name] {
			at.doc.attempt(func() { at.fail("%s needs %s: %s", what, k.name, plainText(k.doc)) })
		}
	}
}

func keyNames[T any](keys []key[T]) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// table is the keys as docs/topology.md lists them.
func table[T any](keys []key[T]) string {
	var b strings.Builder
	b.WriteString("| key | |\n|---|---|\n")
	for _, k := range keys {
		b.WriteString("| `" + k.name + "` | " + k.doc)
		if k.must {
			b.WriteString(" (required)")
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// plainText is a text of the documentation without its marks.
func plainText(doc string) string { return strings.ReplaceAll(doc, "`", "") }

// byPlace sorts mistakes as the file has them.
func byPlace(mistakes []*ParseError) {
	slices.SortStableFunc(mistakes, func(a, b *ParseError) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
}
