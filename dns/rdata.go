package dns

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"netlab/wire"
)

// The types whose data the dissector takes apart (RFC 1035, Section 3.2.2; RFC 3596; RFC 2782; RFC 6891).
const (
	typeA     = 1
	typeNS    = 2
	typeCNAME = 5
	typeSOA   = 6
	typePTR   = 12
	typeMX    = 15
	typeTXT   = 16
	typeAAAA  = 28
	typeSRV   = 33
	typeOPT   = 41
)

// rdata takes the data of a record apart, which has size octets from octet at on.
func (d *dissector) rdata(kind uint16, at, size int) wire.Node {
	r := &rdataReader{dissector: dissector{b: d.b[:at+size], bit: d.bit, at: at}}
	r.node = d.data("Data", "dns.resp.data", at, size, "What the record says.", wire.RFC("1035", "3.2.1"))
	switch kind {
	case typeA:
		r.address(4, "dns.a", "An IPv4 address.", wire.RFC("1035", "3.4.1"))
	case typeAAAA:
		r.address(16, "dns.aaaa", "An IPv6 address.", wire.RFC("3596", "2.2"))
	case typeNS:
		r.names("Name Server", "dns.ns", "A host that has authority over the name.", wire.RFC("1035", "3.3.11"))
	case typeCNAME:
		r.names("Canonical Name", "dns.cname", "The name that this one is an alias of: ask for that instead.", wire.RFC("1035", "3.3.1"))
	case typePTR:
		r.names("Domain Name", "dns.ptr.domain_name", "The name that an address has.", wire.RFC("1035", "3.3.12"))
	case typeMX:
		r.number("Preference", "dns.mx.preference", 2, "Lower ones are tried first.", wire.RFC("1035", "3.3.9"))
		r.names("Mail Exchange", "dns.mx.mail_exchange", "A host that takes mail for the name.", wire.RFC("1035", "3.3.9"))
	case typeTXT:
		r.strings()
	case typeSOA:
		r.soa()
	case typeSRV:
		r.srv()
	case typeOPT:
		r.options()
	}
	return r.finish()
}

// rdataReader takes data apart into the children of a node.
type rdataReader struct {
	dissector
	node wire.Node
	text []string // the values, as they stand in a master file
}

// finish adds what is left over, and says what the data is.
func (r *rdataReader) finish() wire.Node {
	if len(r.node.Children) == 0 {
		if r.node.Width == 0 {
			r.node.Value = ""
		}
		return r.node
	}
	r.node.Value = strings.Join(r.text, " ")
	if r.at < len(r.b) && r.node.Note == "" {
		r.node.Note = fmt.Sprintf("%d octets too many", len(r.b)-r.at)
	}
	return r.node
}

// add takes size octets as one field; false: they are not there.
func (r *rdataReader) add(name, key string, size int, doc string, ref wire.Ref) *wire.Node {
	if r.node.Note != "" || r.at+size > len(r.b) {
		r.node.Note = "the data is cut short"
		return nil
	}
	r.node.Children = append(r.node.Children, r.data(name, key, r.at, size, doc, ref))
	r.at += size
	return &r.node.Children[len(r.node.Children)-1]
}

func (r *rdataReader) number(name, key string, size int, doc string, ref wire.Ref) {
	at := r.at
	if n := r.add(name, key, size, doc, ref); n != nil {
		n.Uint = wire.Bits(r.b[at:], 0, 8*size)
		n.Value = strconv.FormatUint(n.Uint, 10)
		r.text = append(r.text, n.Value)
	}
}

func (r *rdataReader) address(size int, key, doc string, ref wire.Ref) {
	at := r.at
	if n := r.add("Address", key, size, doc, ref); n != nil {
		a, _ := netip.AddrFromSlice(r.b[at : at+size])
		n.Value = a.String()
		if size == 4 {
			n.Uint = uint64(binary.BigEndian.Uint32(r.b[at:]))
		}
		r.text = append(r.text, n.Value)
	}
}

func (r *rdataReader) names(name, key, doc string, ref wire.Ref) {
	if r.node.Note != "" {
		return
	}
	n, ok := r.name(name, key, doc, ref)
	r.node.Children = append(r.node.Children, n)
	r.text = append(r.text, n.Value)
	if !ok {
		r.node.Note = "the name is malformed"
	}
}

// strings reads the character strings of a TXT record.
func (r *rdataReader) strings() {
	ref := wire.RFC("1035", "3.3.14")
	for r.at < len(r.b) && r.node.Note == "" {
		size := int(r.b[r.at])
		r.number("TXT Length", "dns.txt.length", 1, "Octets of text that follow.", ref)
		r.text = r.text[:len(r.text)-1]
		if size == 0 {
			r.text = append(r.text, `""`)
			continue
		}
		at := r.at
		if n := r.add("TXT", "dns.txt", size, "Text for whoever wants it.", ref); n != nil {
			n.Value = strconv.QuoteToASCII(string(r.b[at : at+size]))
			r.text = append(r.text, n.Value)
			n.Value = strings.Trim(n.Value, `"`)
		}
	}
}

func (r *rdataReader) soa() {
	ref := wire.RFC("1035", "3.3.13")
	r.names("Primary Name Server", "dns.soa.mname", "The server that the zone comes from.", ref)
	r.names("Responsible Mailbox", "dns.soa.rname", "Who answers for the zone: the first dot stands for an @.", ref)
	r.number("Serial Number", "dns.soa.serial_number", 4, "Grows with each change of the zone.", ref)
	r.number("Refresh Interval", "dns.soa.refresh_interval", 4, "How often secondary servers look for changes, in seconds.", ref)
	r.number("Retry Interval", "dns.soa.retry_interval", 4, "How soon they try again after a failure, in seconds.", ref)
	r.number("Expire Limit", "dns.soa.expire_limit", 4, "When they stop to answer without having reached the primary, in seconds.", ref)
	r.number("Minimum TTL", "dns.soa.mininum_ttl", 4, "How long it may be remembered that a name or its data does not exist, in seconds.", wire.RFC("2308", "4"))
}

func (r *rdataReader) srv() {
	ref := wire.RFC("2782", "")
	r.number("Priority", "dns.srv.priority", 2, "Lower ones are tried first.", ref)
	r.number("Weight", "dns.srv.weight", 2, "How often this one is chosen among equals.", ref)
	r.number("Port", "dns.srv.port", 2, "Where the service listens.", ref)
	r.names("Target", "dns.srv.target", "The host that offers the service.", ref)
}

// options reads the options of an OPT record.
func (r *rdataReader) options() {
	ref := wire.RFC("6891", "6.1.2")
	for r.at < len(r.b) && r.node.Note == "" {
		r.number("Option Code", "dns.opt.code", 2, "Which option.", ref)
		r.number("Option Length", "dns.opt.len", 2, "Octets of the option that follow.", ref)
		if r.node.Note != "" {
			return // not even code and length are there
		}
		if size := int(r.node.Children[len(r.node.Children)-1].Uint); size > 0 {
			r.add("Option Data", "dns.opt.data", size, "What the option says.", ref)
		}
	}
}
