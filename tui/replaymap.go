package tui

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/filter"
	"netlab/wire"
)

// traffic is who talked with whom in a capture.
type traffic struct {
	pairs  []capture.Traffic // in the order in which the map draws them: those of the same host together
	hubs   []netip.Addr      // by pair: the host under which it is drawn
	rows   []int             // lines of the map: pairs by their indexes, and before the first of each hub that hub, as -1 minus the index of its first pair
	names  map[netip.Addr]string
	hosts  int
	others int // packets that do not travel between hosts
}

// readTraffic has counted who talked with whom, if the scene wants that.
func (r *replay) readTraffic() tea.Cmd {
	k := r.loaded
	if r.scene != asMap || r.traffic.asked && r.traffic.of == k {
		return nil
	}
	file := r.file
	return r.traffic.ask(k, func(ctx context.Context, progress func(done, all int)) traffic {
		pairs, others := file.Traffic(func(done, all int) bool {
			progress(done, all)
			return ctx.Err() == nil
		})
		t := traffic{pairs: pairs, others: others, names: map[netip.Addr]string{}}
		t.arrange()
		if k { // of a file that is still read nobody knows all
			t.name(ctx, file)
		}
		return t
	})
}

// arrange puts the pairs of the same host together: of the two that with more peers, which is what a star is drawn around.
func (t *traffic) arrange() {
	peers, octets := map[netip.Addr]int{}, map[netip.Addr]int64{}
	for i := range t.pairs {
		p := &t.pairs[i]
		for _, h := range p.Hosts {
			peers[h]++
			octets[h] += p.Octets[0] + p.Octets[1]
		}
	}
	t.hosts = len(peers)
	hub := func(p *capture.Traffic) netip.Addr {
		if peers[p.Hosts[1]] > peers[p.Hosts[0]] {
			return p.Hosts[1]
		}
		return p.Hosts[0]
	}
	slices.SortStableFunc(t.pairs, func(a, b capture.Traffic) int {
		x, y := hub(&a), hub(&b)
		return cmp.Or(cmp.Compare(octets[y], octets[x]), x.Compare(y))
	})
	for i := range t.pairs {
		t.hubs = append(t.hubs, hub(&t.pairs[i]))
		if i == 0 || t.hubs[i] != t.hubs[i-1] {
			t.rows = append(t.rows, -1-i)
		}
		t.rows = append(t.rows, i)
	}
}

// mostAnswers is how many answers of DNS are read for names.
const mostAnswers = 2000

// name finds out what hosts are called: as the file says, or as it was answered to those who asked.
func (t *traffic) name(ctx context.Context, file *capture.File) {
	if answers, err := filter.Parse("udp.port == 53 and dns.flags.response == 1", capture.FileKeys()); err == nil {
		numbers, _, _ := file.Filter(ctx, answers, 1)
		for _, n := range numbers[:min(len(numbers), mostAnswers)] {
			if _, layers, err := file.Layers(int(n)); err == nil {
				t.answers(layers)
			}
		}
	}
	for _, h := range file.Names() {
		if len(h.Names) > 0 {
			t.names[h.Addr] = h.Names[0]
		}
	}
}

// answers takes the addresses in an answer of DNS. An address has the name that was asked for, whatever names led to it.
func (t *traffic) answers(nodes []wire.Node) {
	asked := ""
	var walk func(nodes []wire.Node)
	walk = func(nodes []wire.Node) {
		for i := range nodes {
			n := &nodes[i]
			switch n.Key {
			case "dns.qry.name":
				asked = n.Value
			case "dns.a", "dns.aaaa":
				if a, err := netip.ParseAddr(n.Value); err == nil && asked != "" && t.names[a] == "" {
					t.names[a] = asked
				}
			}
			walk(n.Children)
		}
	}
	walk(nodes)
}

// at returns the index of the pair between which a packet travels; -1: there is none.
func (t *traffic) at(ends [2]netip.AddrPort) int {
	a, b := ends[0].Addr(), ends[1].Addr()
	return slices.IndexFunc(t.pairs, func(p capture.Traffic) bool {
		return p.Hosts == [2]netip.Addr{a, b} || p.Hosts == [2]netip.Addr{b, a}
	})
}

// pair is the index of the two hosts that are looked at.
func (r *replay) pair() int {
	p, _ := r.file.Place(r.selected)
	return r.traffic.got.at(p.Ends)
}

// moveInMap goes to two other hosts, by their first packet. It reports whether the key was one for that.
func (r *replay) moveInMap(a action, by int) bool {
	all := r.traffic.got.pairs
	if r.focus != inMap && r.focus != inTraffic || len(all) == 0 {
		return false
	}
	i := r.pair() + by
	switch {
	case a == toStart:
		i = 0
	case a == toEnd:
		i = len(all) - 1
	case by == 0:
		return false
	}
	r.selectPacket(all[min(max(i, 0), len(all)-1)].First)
	return true
}

// choosePair shows the packets between the two hosts alone.
func (r *replay) choosePair() tea.Cmd {
	i := r.pair()
	if i < 0 {
		r.notice = "the selected packet does not travel between two hosts"
		return nil
	}
	var parts []string
	for _, h := range r.traffic.got.pairs[i].Hosts {
		key := "ip.addr"
		if h.Is6() {
			key = "ipv6.addr"
		}
		parts = append(parts, fmt.Sprintf("%s == %s", key, h))
	}
	f, err := filter.Parse(strings.Join(parts, " and "), capture.FileKeys())
	if err != nil {
		r.notice = "! " + err.Error()
		return nil
	}
	r.show(asList)
	return r.filterBy(f, false)
}

// mapPane makes a pane of the map scene.
func (r *replay) mapPane(p pane, h head) view {
	t := &r.traffic.got
	switch {
	case len(t.pairs) > 0:
	case !r.traffic.ready:
		return emptyPane{h, r.look, r.traffic.words()}
	default:
		return emptyPane{h, r.look, "no packet of this capture travels between two hosts of IP"}
	}
	at := r.pair()
	switch p {
	case inMap:
		h.about = count(t.hosts, "host")
		if t.others > 0 {
			h.about += "   " + count(t.others, "packet") + " of none"
		}
		return mapPane{h, r.look, t, at}
	case inTraffic:
		h.about = count(len(t.pairs), "pair")
		return trafficPane{h, r.look, t, at}
	}
	text := textPane{head: h, look: r.look, lines: func(width int) []line { return t.lines(at, width) }}
	if r.focus == p {
		text.scroll = r.scroll
	}
	return text
}

// called writes a host with its name.
func (t *traffic) called(h netip.Addr) string {
	if name := t.names[h]; name != "" {
		return h.String() + "  " + name
	}
	return h.String()
}

// lines tell of the flows between two hosts.
func (t *traffic) lines(at, width int) []line {
	if at < 0 {
		return []line{{dim, "the selected packet does not travel between two hosts"}}
	}
	p := &t.pairs[at]
	lines := []line{
		{toServer | bold, cut("> "+t.called(p.Hosts[0]), width)},
		{toClient | bold, cut("< "+t.called(p.Hosts[1]), width)},
		{plain, cut(fmt.Sprintf("> %s, %s   < %s, %s   first packet %d", count(p.Packets[0], "packet"), octetsShort(p.Octets[0]),
			count(p.Packets[1], "packet"), octetsShort(p.Octets[1]), p.First), width)},
	}
	for _, f := range p.Flows {
		name := f.Protocol.String()
		if f.Number >= 0 {
			name = fmt.Sprintf("%s %-4d :%d → :%d", f.Protocol, f.Number, f.Ports[0], f.Ports[1])
		}
		lines = append(lines, line{plain, cut(fmt.Sprintf("%-27s > %d  %s   < %d  %s", name, f.Packets[0], octetsShort(f.Octets[0]), f.Packets[1], octetsShort(f.Octets[1])), width)})
	}
	if p.More > 0 {
		lines = append(lines, line{dim, "and " + count(p.More, "flow") + " with fewer octets"})
	}
	return lines
}
