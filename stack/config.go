package stack

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"

	"netlab/ip"
	"netlab/tcp"
	"netlab/trace"
	"netlab/udp"
)

// Defaults of Config.
const (
	DefaultBacklog  = 4096
	DefaultTimeWait = 4096
)

// Config says what a host is. The zero value is a host in real time that nobody traces.
type Config struct {
	Name    string
	Runtime Runtime // nil: Real()

	// Seed determines initial sequence numbers, ports and identifications. 0: they are drawn from the
	// system's randomness.
	Seed uint64

	Forward   bool                    // hand on packets for others: be a router
	PerPacket bool                    // where several routes are equally good, packets take turns; else all of a flow take the same
	Silent    bool                    // send no ICMP errors, as some firewalls do
	Hosts     map[string][]netip.Addr // names that LookUp knows besides literal addresses
	TCP       tcp.Config
	UDP       udp.Limits // of what waits in a socket to be read
	IP        ip.Config  // of the network layer, but for what is said here: Forward, PerPacket, Silent, Seed, and the TTL

	Backlog  int // connections that a listener holds until they are accepted; 0: DefaultBacklog
	TimeWait int // connections that are remembered in TIME-WAIT; 0: DefaultTimeWait

	Trace *trace.Tracer

	// Snap, if somebody traces, is told the state of a connection after each event that changed it.
	// It is called with locks held and must not call the host.
	Snap func(id trace.ID, f trace.Flow, s tcp.Snapshot)
}

// withDefaults returns c with its zero fields filled, and the host's source of randomness.
func (c Config) withDefaults() (Config, *rand.Rand) {
	var key [32]byte
	if c.Seed == 0 {
		crand.Read(key[:])
	} else {
		binary.LittleEndian.PutUint64(key[:], c.Seed)
		copy(key[8:], c.Name) // hosts of one run differ
	}
	rng := rand.New(rand.NewChaCha8(key))

	if c.Runtime == nil {
		c.Runtime = Real()
	}
	if c.Backlog == 0 {
		c.Backlog = DefaultBacklog
	}
	if c.TimeWait == 0 {
		c.TimeWait = DefaultTimeWait
	}
	c.TCP.NoPathMTU = c.TCP.NoPathMTU || c.IP.NoPathMTU
	if c.TCP.Secret == [16]byte{} {
		binary.LittleEndian.PutUint64(c.TCP.Secret[:8], rng.Uint64())
		binary.LittleEndian.PutUint64(c.TCP.Secret[8:], rng.Uint64())
	}
	return c, rng
}
