package narrate

import (
	"net/netip"
	"strings"

	"netlab/capture"
)

// hosts are the names that a capture gives addresses itself (name resolution blocks), and those of answers of DNS in it. They are what the capturing machine believed, so the address stands beside them.
type hosts struct {
	names map[netip.Addr]string
	seen  int // of the capture's

	// What answers of DNS in the capture gave an address for: one name, or, if there were several, none.
	answered map[netip.Addr]string
}

// maxAnswered bounds what a capture full of answers can claim.
const maxAnswered = 1 << 16

// learn takes the addresses that a packet of DNS gives for a name.
func (h *hosts) learn(rec *capture.Record) {
	name, addresses := capture.Answered(rec)
	for _, a := range addresses {
		before, known := h.answered[a]
		switch {
		case !known && len(h.answered) < maxAnswered:
			if h.answered == nil {
				h.answered = map[netip.Addr]string{}
			}
			h.answered[a] = name
		case known && !strings.EqualFold(before, name):
			h.answered[a] = ""
		}
	}
}

// told returns of how many addresses answers gave a name, and one only.
func (h *hosts) told() (n int64) {
	for _, name := range h.answered {
		if name != "" {
			n++
		}
	}
	return n
}

// take takes the names that the capture has come by since, and returns them.
func (h *hosts) take(r *capture.Reader) []capture.HostName {
	all := r.Names()
	since := all[h.seen:]
	for _, host := range since {
		if len(host.Names) == 0 {
			continue
		}
		if h.names == nil {
			h.names = map[netip.Addr]string{}
		}
		h.names[host.Addr] = host.Names[0]
	}
	h.seen = len(all)
	return since
}

// of returns the name of an end, "10.0.2.20:80" or "10.0.2.20"; empty if it has none.
func (h *hosts) of(end string) string {
	if len(h.names) == 0 {
		return ""
	}
	a, err := netip.ParseAddr(hostOf(end))
	if err != nil {
		return ""
	}
	return h.names[a]
}

// beside returns an end with its name beside it: "10.0.2.20:80 (www.netlab.test)". What the capture calls it itself goes before what DNS answered.
func (h *hosts) beside(end string) string {
	name := h.of(end)
	if name == "" && len(h.answered) > 0 {
		if a, err := netip.ParseAddr(hostOf(end)); err == nil {
			name = h.answered[a]
		}
	}
	if name == "" {
		return end
	}
	return end + " (" + name + ")"
}

type jsonName struct {
	Kind    string   `json:"kind"` // "name"
	Address string   `json:"address"`
	Names   []string `json:"names"`
}

// names writes what the capture calls addresses, an object for each.
func (j *JSON) names(all []capture.HostName) error {
	for _, host := range all {
		if len(host.Names) == 0 {
			continue
		}
		if err := j.write(jsonName{"name", host.Addr.String(), host.Names}, nil); err != nil {
			return err
		}
	}
	return nil
}

// pairOf returns the names of both ends; nil if neither has one.
func (h *hosts) pairOf(a, b string) []string {
	names := []string{h.of(a), h.of(b)}
	if strings.Join(names, "") == "" {
		return nil
	}
	return names
}
