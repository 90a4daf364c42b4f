package narrate

import (
	"net/netip"
	"strings"

	"netlab/capture"
)

// hosts are the names that a capture gives addresses itself (name resolution blocks). They are what the capturing machine believed, so the address stands beside them.
type hosts struct {
	names map[netip.Addr]string
	seen  int // of the capture's
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

// beside returns an end with its name beside it: "10.0.2.20:80 (www.netlab.test)".
func (h *hosts) beside(end string) string {
	if name := h.of(end); name != "" {
		return end + " (" + name + ")"
	}
	return end
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
