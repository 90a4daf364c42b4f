package capture

import (
	"slices"
	"strings"

	"netlab/dns"
	"netlab/http"
	"netlab/ip"
	"netlab/tls"
	"netlab/wire"
)

// dissector takes packets apart, one after another. It holds what is the same for all of them, so that it is made once for many.
type dissector struct {
	asked wire.Asked // empty if there are several keys
	layer string     // of the keys; of all layers only those are wanted that may have nodes of this one

	ip *ip.Dissector

	// Made when the first such message comes.
	dns  *dns.Dissector
	http *http.Dissector
	tls  *tls.Dissector
}

// newDissector returns a dissector of what has one of the keys, which are of one layer; of everything if there are none. What it leaves out is a matter of
// time only: some of its nodes have other keys.
func newDissector(keys ...string) *dissector {
	d := &dissector{}
	if len(keys) > 0 {
		d.layer, _, _ = strings.Cut(keys[0], ".")
	}
	if len(keys) == 1 {
		d.asked = wire.Asked(keys[0])
	}
	d.ip = ip.NewDissector(d.asked)
	return d
}

func (d *dissector) names() *dns.Dissector {
	if d.dns == nil {
		d.dns = dns.NewDissector(d.asked)
	}
	return d.dns
}

func (d *dissector) messages() *http.Dissector {
	if d.http == nil {
		d.http = http.NewDissector(d.asked)
	}
	return d.http
}

func (d *dissector) records() *tls.Dissector {
	if d.tls == nil {
		d.tls = tls.NewDissector(d.asked)
	}
	return d.tls
}

// wants reports whether nodes of one of these layers are wanted.
func (d *dissector) wants(layers ...string) bool {
	return d.layer == "" || slices.Contains(layers, d.layer)
}
