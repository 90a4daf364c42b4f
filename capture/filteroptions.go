package capture

import (
	"net/netip"
	"strconv"

	"netlab/filter"
	"netlab/tcp"
	"netlab/wire"
)

// segmentHeader is the length of a TCP header without options.
const segmentHeader = 20

// termOfOptions is the test of a term about options of TCP, or about the length of the data.
func termOfOptions(t filter.Term, key string) func(*look) filter.Verdict {
	if key == "tcp.len" {
		return func(l *look) filter.Verdict {
			return filter.VerdictOf(t.Of(wire.Node{Key: key, Value: strconv.Itoa(int(l.row.data)), Uint: uint64(l.row.data)}))
		}
	}
	layouts := tcp.OptionLayouts()
	return func(l *look) filter.Verdict {
		b := l.transport()
		header := int(b[12]>>4) * 4
		options := b[segmentHeader:header]
		switch {
		case len(options) == 0:
			return filter.No
		case key == "tcp.options":
			return filter.VerdictOf(t.Of(wire.Node{Key: key, Width: 8 * len(options), Value: strconv.Itoa(len(options)) + " octets"}))
		}
		nodes, ok := optionNodes(layouts, options, key)
		if !ok {
			return filter.VerdictOf(t.Match([]wire.Node{tcp.Dissect(b[:header], 0, netip.Addr{}, netip.Addr{})}, nil))
		}
		return filter.VerdictOf(t.Of(nodes...))
	}
}

// optionNodes returns what in the options of a segment has a key. It reports false if that takes a closer look: they are malformed or padded.
func optionNodes(layouts []wire.Layout, options []byte, key string) (nodes []wire.Node, ok bool) {
	for len(options) > 0 {
		opt, ok := tcp.NextOption(options)
		if !ok || opt[0] == 0 {
			return nil, false
		}
		options = options[len(opt):]
		layout := tcp.OptionLayout(layouts, opt)
		if layout.Key == key {
			nodes = append(nodes, wire.Node{Key: key, Width: 8 * len(opt)})
		} else if f, ok := layout.Field(key); ok {
			nodes = append(nodes, f.Node(opt, 0))
		}
		if opt[0] != 5 || len(opt)%8 != 2 {
			continue
		}
		for block := layouts[6]; len(opt) >= 2+block.Len(); opt = opt[block.Len():] {
			if f, ok := block.Field(key); ok {
				nodes = append(nodes, f.Node(opt[2:], 0))
			} else if block.Key == key {
				nodes = append(nodes, wire.Node{Key: key, Width: 8 * block.Len()})
			}
		}
	}
	return nodes, true
}
