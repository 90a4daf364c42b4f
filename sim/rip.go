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
		if !e.yes() {
			return nil
		}
		return spec
	}
	readKeys(e.value, e.value, "rip", ripKeys(), spec)
	return spec
}

func ripKeys() []key[RIPSpec] {
	return []key[RIPSpec]{
		{"update", "from one regular update to the next, which all other times follow; 30s", optional, durationSchema(), func(r *RIPSpec, e entry) { r.Update = e.duration() }},
		{"horizon", "what a router tells a neighbour of routes that lead through it", optional, oneOfSchema(horizonNames()...), func(r *RIPSpec, e entry) {
			r.Horizon = rip.Horizon(e.oneOf(horizonNames()))
		}},
		{"triggered", "`false`: changes wait for the next update", optional, booleanSchema(), func(r *RIPSpec, e entry) { r.NoTriggered = !e.yes() }},
		{"password", "of at most 16 characters", optional, textSchema(), func(r *RIPSpec, e entry) {
			if r.Password = e.text(); len(r.Password) > 16 {
				e.fail("a password has at most 16 characters")
			}
		}},
	}
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
