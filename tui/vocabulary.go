package tui

import (
	"errors"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"

	"netlab/filter"
	"netlab/wire"
)

// vocabulary is what a filter may speak of on a screen, with a sentence for each.
type vocabulary struct {
	fields map[string]wire.Field
	keys   []string
	names  []candidate // fields and plain words, sorted

	// Gathered off the Update goroutine.
	hosts   map[string][]netip.Addr // nil: not yet
	called  []candidate             // after the word host
	links   []string
	noLinks error
	of      int // so many packets
}

// candidate is what can stand in a place of a filter.
type candidate struct{ text, about string }

// errGathering says that names are not there yet.
var errGathering = errors.New("the names are still being gathered from the capture: Enter tries again")

// newVocabulary makes one of fields. Plain words stand for themselves if their fields have no point.
func newVocabulary(fields []wire.Field) *vocabulary {
	v := &vocabulary{fields: map[string]wire.Field{}}
	for _, f := range fields {
		v.fields[f.Key] = f
		v.keys = append(v.keys, f.Key)
		v.names = append(v.names, candidate{f.Key, strings.Trim(f.Name+": "+f.Doc, ": ")})
	}
	for _, name := range filter.Aliases() {
		layer, what, _ := strings.Cut(name, ".")
		v.names = append(v.names, candidate{name, "Source or destination: the " + map[string]string{"addr": "address", "port": "port"}[what] + " of " + strings.ToUpper(layer) + " at either end."})
	}
	v.names = append(
		v.names,
		candidate{"host", "From or to a host: its name or address follows, or a network."},
		candidate{filter.LinkKey, "Over a link, or captured on an interface: its name follows."},
		candidate{filter.SpanKey, "Segments with some of these octets of their stream, as seq 5841..7301."},
		candidate{"not", "What the rest does not describe."},
	)
	slices.SortFunc(v.names, func(a, b candidate) int { return strings.Compare(a.text, b.text) })
	return v
}

// words returns what filters are parsed with.
func (v *vocabulary) words() filter.Words {
	return filter.Words{
		Fields: v.keys, Spans: true,
		Hosts: func() (map[string][]netip.Addr, error) {
			if v.hosts == nil {
				return nil, errGathering
			}
			return v.hosts, nil
		},
		Links: func() ([]string, error) {
			if v.hosts == nil {
				return nil, errGathering
			}
			return v.links, v.noLinks
		},
	}
}

// candidates returns what a word that is being typed can become: first what begins with it, then what holds it. begins tells how many the first are.
func (v *vocabulary) candidates(p filter.Place, word string) (found []candidate, begins int) {
	var all []candidate
	switch p.Kind {
	case filter.Name:
		all = v.names
	case filter.Host:
		all = v.called
	case filter.Link:
		for _, name := range v.links {
			all = append(all, candidate{name, "a link, or an interface of the capture"})
		}
	case filter.Operator:
		all = append(operators(), joints()...)
	case filter.Joint:
		all = joints()
	case filter.Value:
		all = v.values(p.Field)
	}
	var within []candidate
	for _, c := range all {
		switch at := strings.Index(strings.ToLower(c.text), strings.ToLower(word)); {
		case at == 0:
			found = append(found, c)
		case at > 0:
			within = append(within, c)
		}
	}
	return append(found, within...), len(found)
}

func operators() []candidate {
	return []candidate{
		{"==", "equal (eq)"},
		{"!=", "there is such a field, and none is equal (ne)"},
		{">", "larger than a number (gt)"},
		{"<", "smaller than a number (lt)"},
		{">=", "not smaller (ge)"},
		{"<=", "not larger (le)"},
		{"contains", "has a text in it, capitals as they are"},
		{"matches", "a regular expression fits, capitals or not (~)"},
		{"in {", "one of several: {80, 443, 8000..8080}"},
		{"&", "some of these bits are set: & 0x12"},
	}
}

func joints() []candidate {
	return []candidate{{"and", "both are to be true; it binds closer than or"}, {"or", "one of both is to be true"}}
}

// values returns what a field is compared with, if its values have names.
func (v *vocabulary) values(field string) []candidate {
	if strings.HasSuffix(field, ".addr") || strings.HasSuffix(field, ".src") || strings.HasSuffix(field, ".dst") {
		return slices.DeleteFunc(slices.Clone(v.called), func(c candidate) bool {
			_, err := netip.ParseAddr(c.text)
			return err != nil
		})
	}
	f := v.fields[field]
	if f.Width == 1 {
		return []candidate{{"1", "set"}, {"0", "not set"}}
	}
	var all []candidate
	for _, name := range f.Names {
		all = append(all, candidate{strconv.FormatUint(name.Value, 10), name.Text})
	}
	for _, name := range f.Names {
		if !strings.ContainsAny(name.Text, " ,()\"/") {
			all = append(all, candidate{name.Text, decimal(name.Value)})
		}
	}
	return all
}

// gathered takes the names of hosts and links, and the addresses that speak most, each with how many packets are from or to it.
func (v *vocabulary) gathered(hosts map[string][]netip.Addr, speak map[netip.Addr]int, links []string, noLinks error) {
	v.hosts, v.links, v.noLinks, v.called = hosts, links, noLinks, nil
	if v.hosts == nil {
		v.hosts = map[string][]netip.Addr{}
	}
	named := map[netip.Addr]string{}
	for name, addrs := range v.hosts {
		texts := make([]string, len(addrs))
		for i, a := range addrs {
			texts[i] = a.String()
			if named[a] == "" || name < named[a] {
				named[a] = name
			}
		}
		v.called = append(v.called, candidate{name, strings.Join(texts, ", ")})
	}
	slices.SortFunc(v.called, func(a, b candidate) int { return strings.Compare(a.text, b.text) })
	var addrs []netip.Addr
	for a := range speak {
		addrs = append(addrs, a)
	}
	sort.Slice(addrs, func(i, j int) bool {
		if n, m := speak[addrs[i]], speak[addrs[j]]; n != m {
			return n > m
		}
		return addrs[i].Less(addrs[j])
	})
	const most = 200
	for _, a := range addrs[:min(most, len(addrs))] {
		about := count(speak[a], "packet")
		if name := named[a]; name != "" {
			about = name + ", " + about
		}
		v.called = append(v.called, candidate{a.String(), about})
	}
}
