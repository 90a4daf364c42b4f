package capture

import (
	"context"
	"maps"
	"slices"
	"strings"

	"netlab/filter"
	"netlab/ip"
	"netlab/wire"
)

// joinFor looks up what a filter wants to know of messages that are cut up.
func (f *File) joinFor(ctx context.Context, fl filter.Filter) error {
	ports := map[uint16]bool{}
	filter.Compile(fl, func(t filter.Term) func(*look) filter.Verdict {
		for _, key := range t.Fields() {
			layer, _, _ := strings.Cut(key, ".")
			if port, ok := portOf(layer, key); ok {
				ports[port] = true
			}
		}
		return none
	})
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		if err := f.joinAll(ctx, port); err != nil {
			return err
		}
	}
	return nil
}

// laid returns how the packet's data lies in messages; nil if its octets alone tell. It remembers it.
func (l *look) laid() *laid {
	if !l.lies {
		l.lies = true
		if l.row.protocol == ip.TCP && l.row.data > 0 && l.row.pair >= 0 {
			l.lying = l.file.lies(l.row.pair, l.number)
		}
	}
	return l.lying
}

// Whole returns the layers of a packet, as Dissect does, and among them messages that it makes whole, if the Summarizer that summarized it keeps them, and did not go on since. Of
// these the octets stand behind those of the packet.
func Whole(rec *Record, sum *Summary) (octets []byte, layers []wire.Node) {
	octets = rec.Packet
	if joined := sum.laid.joined(); len(joined) > 0 {
		octets = slices.Concat(octets, joined)
	}
	return octets, laidLayers(rec, sum)
}

func laidLayers(rec *Record, sum *Summary) []wire.Node {
	return newDissector("").laying(sum.laid, len(rec.Packet)).packet(rec.LinkType, rec.Packet)
}
