package capture

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"netlab/filter"
	"netlab/wire"
)

// mostAnswers is how many DNS answers are looked at for the names of hosts.
const mostAnswers = 1 << 15

// Hosts returns the addresses that names have in the file: those that it says itself in name resolution blocks, and those of DNS answers among its packets. It reads these.
func (f *File) Hosts(ctx context.Context) (map[string][]netip.Addr, error) {
	hosts := map[string][]netip.Addr{}
	add := func(name string, a netip.Addr) {
		name = strings.TrimSuffix(name, ".")
		if name != "" && a.IsValid() && !slices.Contains(hosts[name], a) {
			hosts[name] = append(hosts[name], a)
		}
	}
	f.mu.RLock()
	said := f.names
	f.mu.RUnlock()
	for _, host := range said {
		for _, name := range host.Names {
			add(name, host.Addr)
		}
	}
	answers, err := filter.Parse("dns.a or dns.aaaa", FileKeys())
	if err != nil {
		return nil, err
	}
	numbers, _, err := f.Filter(ctx, answers, 1)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers[:min(len(numbers), mostAnswers)] {
		rec, err := f.Packet(int(n))
		if err != nil {
			return nil, err
		}
		for _, layer := range Dissect(rec.LinkType, rec.Packet) {
			if layer.Key == "dns" {
				answered(&layer, add)
			}
		}
	}
	return hosts, nil
}

// answered calls add for each address in a DNS message: with the name that it belongs to, and with the one that was asked for.
func answered(message *wire.Node, add func(name string, a netip.Addr)) {
	question := message.Find("dns.qry.name")
	for i := range message.Children {
		record := &message.Children[i]
		if record.Key != "dns.resp" {
			continue
		}
		for _, key := range []string{"dns.a", "dns.aaaa"} {
			field, owner := record.Find(key), record.Find("dns.resp.name")
			if field == nil {
				continue
			}
			a, err := netip.ParseAddr(field.Value)
			if err != nil {
				continue
			}
			if owner != nil {
				add(owner.Value, a)
			}
			if question != nil {
				add(question.Value, a)
			}
		}
	}
}

// Speakers returns the addresses between which the packets travel that are loaded, each with how many are from or to it.
func (f *File) Speakers() map[netip.Addr]int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	speakers := map[netip.Addr]int{}
	for i := range f.sorter.pairs.list {
		p := &f.sorter.pairs.list[i]
		for _, end := range p.ends() {
			speakers[end.Addr()] += int(p.end[0].packets + p.end[1].packets)
		}
	}
	return speakers
}
