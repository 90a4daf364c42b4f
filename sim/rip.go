package sim

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"netlab/rip"
	"netlab/service"
	"netlab/stack"
)

// RIPSpec says that a router speaks RIP, and how.
type RIPSpec struct {
	Update      time.Duration // from one regular update to the next; 0: 30 s. All other times follow it
	Horizon     rip.Horizon
	NoTriggered bool
	Password    string
}

// rip reads how a router speaks RIP: "true", or the settings that differ from the protocol's.
func (e entry) rip() *RIPSpec {
	spec := &RIPSpec{}
	if e.isScalar() {
		if !e.boolean() {
			return nil
		}
		return spec
	}
	for _, e := range e.entries("rip") {
		switch e.name {
		case "update":
			spec.Update = e.duration()
		case "horizon":
			spec.Horizon = rip.Horizon(e.oneOf(horizonNames()))
		case "triggered":
			spec.NoTriggered = !e.boolean()
		case "password":
			if spec.Password = e.text(); len(spec.Password) > 16 {
				e.fail("a password has at most 16 characters")
			}
		default:
			e.unknown("update", "horizon", "triggered", "password")
		}
	}
	return spec
}

// horizonNames are those of rip's kinds of split horizon, in their order.
func horizonNames() []string { return []string{"poisoned-reverse", "split", "none"} }

// speakRIP starts the protocol on a router.
func (n *Network) speakRIP(h HostSpec) {
	random := rand.New(rand.NewPCG(mix(n.seed, "rip", h.Name), 0))
	cfg := rip.Config{
		Update: h.RIP.Update, Horizon: h.RIP.Horizon, NoTriggered: h.RIP.NoTriggered, Password: h.RIP.Password,
		Name: n.topology.owner,
	}
	n.start(&app{host: h.Name, what: "rip", server: true}, 0, func(host *stack.Host) (string, error) {
		return "", service.RIP(host, cfg, random.Uint32)
	})
}

// owner returns the name of the host that has an address; empty if none has.
func (t *Topology) owner(a netip.Addr) string {
	for _, h := range t.Hosts {
		for _, i := range h.Interfaces {
			for _, p := range i.Addrs {
				if p.Addr() == a {
					return h.Name
				}
			}
		}
	}
	return ""
}
