package capture

import (
	"slices"
	"strings"

	"netlab/dns"
	"netlab/ether"
	"netlab/http"
	"netlab/ip"
	"netlab/tcp"
	"netlab/tls"
	"netlab/udp"
	"netlab/wire"
)

// dissector takes packets apart, one after another. It holds what is the same for all of them, so that it is made once for many.
type dissector struct {
	asked wire.Asked
	layer string // of the key; of all layers only those are wanted that may have nodes of this one

	// Those of the protocols, made when the first of their packets comes.
	ofEther *ether.Dissector
	ofIP    *ip.Dissector
	ofTCP   *tcp.Dissector
	ofUDP   *udp.Dissector
	ofDNS   *dns.Dissector
	ofHTTP  *http.Dissector
	ofTLS   *tls.Dissector

	laid   *laid // how the data of the next segment lies in messages; nil: its octets alone tell
	behind int   // where octets stand that are joined
}

// newDissector returns a dissector of what has a key; of everything if it is empty. What it leaves out is a matter of time only: some of its nodes have
// other keys.
func newDissector(key string) *dissector {
	layer, _, _ := strings.Cut(key, ".")
	return &dissector{asked: wire.Asked(key), layer: layer}
}

// made returns the dissector of a protocol.
func made[D any](of **D, make func(wire.Asked) *D, asked wire.Asked) *D {
	if *of == nil {
		*of = make(asked)
	}
	return *of
}

func (d *dissector) ether() *ether.Dissector { return made(&d.ofEther, ether.NewDissector, d.asked) }
func (d *dissector) ip() *ip.Dissector       { return made(&d.ofIP, ip.NewDissector, d.asked) }
func (d *dissector) tcp() *tcp.Dissector     { return made(&d.ofTCP, tcp.NewDissector, d.asked) }
func (d *dissector) udp() *udp.Dissector     { return made(&d.ofUDP, udp.NewDissector, d.asked) }
func (d *dissector) dns() *dns.Dissector     { return made(&d.ofDNS, dns.NewDissector, d.asked) }
func (d *dissector) http() *http.Dissector   { return made(&d.ofHTTP, http.NewDissector, d.asked) }
func (d *dissector) tls() *tls.Dissector     { return made(&d.ofTLS, tls.NewDissector, d.asked) }

// wants reports whether nodes of one of these layers are wanted.
func (d *dissector) wants(layers ...string) bool {
	return d.layer == "" || slices.Contains(layers, d.layer)
}
