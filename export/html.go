package export

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"strings"

	"netlab/capture"
	"netlab/wire"
)

//go:embed page.html
var pageHTML string

// maxPage is how many packets a page holds: a few megabytes.
const maxPage = 2000

// HTML writes the run as one page that opens without a network: the list of packets, the layers and octets of each with what the standards say of
// every field, what is worth pointing at, and the ladder.
func HTML(w io.Writer, r *Run) error {
	var ladder bytes.Buffer
	if err := SVG(&ladder, r); err != nil {
		return err
	}
	data, err := json.Marshal(r.page()) // which writes < and > as <, so that nothing ends the script
	if err != nil {
		return err
	}
	_, err = strings.NewReplacer("{{TITLE}}", html.EscapeString(r.Title), "{{DATA}}", string(data), "{{LADDER}}", ladder.String()).WriteString(w, pageHTML)
	return err
}

// page is what the page's script reads. Strings are told by their place in a list: the same are there once.
type page struct {
	Title   string       `json:"title"`
	More    int          `json:"more"`
	Strings []string     `json:"strings"`
	Packets []pagePacket `json:"packets"`
	Notes   []pageNote   `json:"notes"`
}

type pagePacket struct {
	Number int    `json:"n"`
	At     string `json:"at"`
	From   int    `json:"from"`
	To     int    `json:"to"`
	Proto  int    `json:"proto"`
	What   int    `json:"what"`
	Why    int    `json:"why"`
	Lost   int    `json:"lost"`
	Again  bool   `json:"again,omitempty"`
	Back   bool   `json:"back,omitempty"` // from the end that did not send first
	Stream int    `json:"stream"`
	Octets string `json:"octets"`
	Layers []any  `json:"layers"`
}

type pageNote struct {
	Packet int    `json:"n"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Ref    string `json:"ref"`
	Fine   bool   `json:"fine,omitempty"`
}

// strings gives each string its place.
type stringTable struct {
	list  []string
	index map[string]int
}

func (t *stringTable) of(s string) int {
	i, ok := t.index[s]
	if !ok {
		i = len(t.list)
		t.index[s] = i
		t.list = append(t.list, s)
	}
	return i
}

func (r *Run) page() page {
	table := &stringTable{index: map[string]int{}}
	table.of("")
	p := page{Title: r.Title, Packets: []pagePacket{}, Notes: []pageNote{}}
	shown := r.Packets[:min(len(r.Packets), maxPage)]
	p.More = len(r.Packets) - len(shown) + r.More
	forward := map[int]string{}
	for i := range shown {
		k := &shown[i]
		if forward[k.Stream] == "" {
			forward[k.Stream] = k.From
		}
		out := pagePacket{
			Number: k.Number, At: seconds(k.At), From: table.of(k.From), To: table.of(k.To), Proto: table.of(k.Proto), What: table.of(k.What),
			Why: table.of(k.Why), Lost: table.of(k.Lost), Again: k.Again, Back: forward[k.Stream] != k.From, Stream: k.Stream,
			Octets: hex.EncodeToString(k.Record.Packet), Layers: []any{},
		}
		for _, n := range capture.Dissect(k.Record.LinkType, k.Record.Packet) {
			out.Layers = append(out.Layers, table.node(&n))
		}
		p.Packets = append(p.Packets, out)
	}
	for _, n := range r.Notes {
		p.Notes = append(p.Notes, pageNote(n))
	}
	p.Strings = table.list
	return p
}

// node is a field or header: name, value, first octet, octet after the last, source, what it is for, what is wrong, and the same of its parts.
func (t *stringTable) node(n *wire.Node) []any {
	from, to := n.Octets()
	ref := ""
	if !n.Ref.IsZero() {
		ref = n.Ref.String()
	}
	parts := []any{}
	for i := range n.Children {
		parts = append(parts, t.node(&n.Children[i]))
	}
	return []any{t.of(n.Name), t.of(n.Value), from, to, t.of(ref), t.of(n.Doc), t.of(n.Note), parts}
}
