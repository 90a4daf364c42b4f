package narrate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"netlab/capture"
	"netlab/filter"
	"netlab/stream"
	"netlab/wire"
)

// Detail says what of each packet's layers is told.
type Detail struct {
	Layers bool     // all of them, field by field
	Why    bool     // Plain: a sentence on what each field is for, too
	Fields []string // the values of these fields, by the names that filters have for them, and those of TimeFields
}

// layersOf returns the layers of a packet, and behind them those of what was encrypted in it.
func layersOf(rec *capture.Record, sum *capture.Summary, opened []stream.Opened) (octets []byte, layers []wire.Node) {
	octets, layers = capture.Whole(rec, sum)
	return stream.WithOpened(octets, layers, opened)
}

// layers writes a packet field by field: which octets, what it is called, its value, the standard, and what is wrong with it.
func (p *paper) layers(nodes []wire.Node, why bool) {
	for i := range nodes {
		p.node(&nodes[i], 0, wire.Ref{}, why)
	}
}

func (p *paper) node(n *wire.Node, depth int, above wire.Ref, why bool) {
	indent := strings.Repeat("  ", depth)
	line := fmt.Sprintf("%12s  %s%s", octetsOf(n), indent, n.Name)
	if n.Value != "" {
		line += ": " + n.Value
	}
	if !n.Ref.IsZero() && n.Ref != above {
		line += "  (" + p.signs.ref(n.Ref) + ")"
	}
	if n.Note != "" {
		line += "  ! " + n.Note
	}
	p.line(line)
	if why && n.Doc != "" {
		p.line(fmt.Sprintf("%12s  %s  | %s", "", indent, n.Doc))
	}
	for i := range n.Children {
		p.node(&n.Children[i], depth+1, n.Ref, why)
	}
}

// octetsOf names the octets of a node: "24..27", "33".
func octetsOf(n *wire.Node) string {
	from, to := n.Octets()
	switch to - from {
	case 0:
		return ""
	case 1:
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d..%d", from, to-1)
}

// values returns the values of fields of a packet, each with all that it has of it: an address of source and destination, say.
func (d *Detail) values(rec *capture.Record, sum *capture.Summary, opened []stream.Opened, start time.Time) [][]string {
	own := append(timeFields(rec, start), capture.FileLayers(rec, sum)...)
	_, layers := stream.WithOpened(rec.Packet, own, opened)
	all := make([][]string, len(d.Fields))
	for i, name := range d.Fields {
		for _, n := range filter.Find(layers, name) {
			all[i] = append(all[i], valueOf(n))
		}
	}
	return all
}

// The fields of when a packet was captured, which filters do not know.
const (
	epochField    = "frame.time_epoch"
	relativeField = "frame.time_relative"
)

// TimeFields returns the fields that Detail.Fields may have besides those of filters: seconds since 1970, and since the first packet.
func TimeFields() []string { return []string{epochField, relativeField} }

// timeFields returns when a packet was captured, as fields.
func timeFields(rec *capture.Record, start time.Time) []wire.Node {
	at, since := rec.At, rec.At.Sub(start)
	return []wire.Node{
		{Name: "Time", Key: epochField, Value: fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond())},
		{Name: "Time since the first packet", Key: relativeField, Value: strconv.FormatFloat(since.Seconds(), 'f', 9, 64)},
	}
}

// valueOf returns the value of a field for a program: where its words begin or end with its number, that alone ("6" of "TCP (6)"), of flags the number in hex;
// what only groups others has its name.
func valueOf(n *wire.Node) string {
	first, _, _ := strings.Cut(n.Value, " ")
	last := strings.TrimSuffix(n.Value[strings.LastIndexByte(n.Value, '(')+1:], ")")
	switch {
	case n.Value == "":
		return n.Name
	case n.Width == 1:
		return strconv.FormatUint(n.Uint, 10)
	case isNumber(first, n):
		return first
	case isNumber(last, n):
		return last
	case strings.HasSuffix(n.Key, ".flags") && n.Width <= 64:
		return fmt.Sprintf("0x%0*x", (n.Width+3)/4, n.Uint)
	}
	return n.Value
}

// isNumber reports whether a text is the number of a field.
func isNumber(text string, n *wire.Node) bool {
	v, err := strconv.ParseUint(text, 0, 64)
	return err == nil && v == n.Uint && n.Width <= 64
}

// FieldsPlain writes the values of o.Detail.Fields as text: a line for each packet, a tab between fields, a comma between several values of one, and nothing else. An error of
// the capture comes back after everything before it has been told.
func FieldsPlain(w io.Writer, r *capture.Reader, o Options) error {
	p := newPaper(w, o)
	s := newReplay(o)
	for {
		rec, sum, err := s.next(r)
		if err != nil {
			if flushErr := p.flush(); flushErr != nil || err == io.EOF {
				return flushErr
			}
			return err
		}
		opened := s.reveal(r, &rec, &sum)
		if !s.chosen(&rec, &sum) {
			continue
		}
		for i, values := range o.Detail.values(&rec, &sum, opened, s.start) {
			if i > 0 {
				p.w.WriteByte('\t')
			}
			p.w.WriteString(OneLine(strings.Join(values, ","), p.ascii))
		}
		p.w.WriteByte('\n')
	}
}

// jsonNode is a layer, or a field of it.
type jsonNode struct {
	Name     string     `json:"name"`
	Key      string     `json:"key,omitempty"`
	Bit      int        `json:"bit"`
	Width    int        `json:"width"`
	Value    string     `json:"value,omitempty"`
	Number   uint64     `json:"number,omitempty"`
	Doc      string     `json:"doc,omitempty"`
	Ref      string     `json:"ref,omitempty"`
	Note     string     `json:"note,omitempty"`
	Children []jsonNode `json:"children,omitempty"`
}

func nodeObjects(nodes []wire.Node) []jsonNode {
	var all []jsonNode
	for i := range nodes {
		n := &nodes[i]
		all = append(all, jsonNode{
			Name: n.Name, Key: n.Key, Bit: n.Bit, Width: n.Width, Value: n.Value, Number: n.Uint, Doc: n.Doc, Ref: n.Ref.String(), Note: n.Note, Children: nodeObjects(n.Children),
		})
	}
	return all
}

// fieldObjects returns the values of fields, by their names; those that the packet does not have are left out.
func (d *Detail) fieldObjects(all [][]string) map[string][]string {
	fields := map[string][]string{}
	for i, values := range all {
		if len(values) > 0 {
			fields[d.Fields[i]] = values
		}
	}
	return fields
}
