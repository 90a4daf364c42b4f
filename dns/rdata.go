package dns

import (
	"encoding/binary"
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
func (m *message) rdata(kind uint16, at, size int) wire.Node {
	r := &rdataReader{message: message{Dissector: m.Dissector, b: m.b[:at+size], bit: m.bit, at: at}}
	r.node = m.data("Data", "dns.resp.data", at, size, "What the record says.", wire.RFC("1035", "3.2.1"))
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
	message
	node  wire.Node
	known bool     // what kind of data this is
	text  []string // the values, as they stand in a master file
}

// finish adds what is left over, and says what the data is.
func (r *rdataReader) finish() wire.Node {
	if !r.known {
		if size := r.node.Width / 8; size > 0 && r.says() {
			r.node.Value = decimal(size) + " octets"
		}
		return r.node
	}
	r.node.Value = strings.Join(r.text, " ")
	if r.at < len(r.b) && r.node.Note == "" {
		r.node.Note = decimal(len(r.b)-r.at) + " octets too many"
	}
	return r.node
}

// take takes size octets, which are a field; nil: they are not there.
func (r *rdataReader) take(size int) []byte {
	if r.node.Note != "" || r.at+size > len(r.b) {
		r.node.Note = "the data is cut short"
		return nil
	}
	r.known = true
	r.at += size
	return r.b[r.at-size : r.at]
}

// add shows the octets that were taken last as a field, if it is wanted.
func (r *rdataReader) add(name, key string, size int, doc string, ref wire.Ref, v uint64, value string) {
	if r.asked.Wants(key) {
		n := r.data(name, key, r.at-size, size, doc, ref)
		n.Uint, n.Value = v, value
		r.node.Children = append(r.node.Children, n)
	}
}

// say adds to what the record says.
func (r *rdataReader) say(text string) {
	if r.says() {
		r.text = append(r.text, text)
	}
}

func (r *rdataReader) number(name, key string, size int, doc string, ref wire.Ref) (v uint64) {
	if b := r.take(size); b != nil {
		v = wire.Bits(b, 0, 8*size)
		value := strconv.FormatUint(v, 10)
		r.add(name, key, size, doc, ref, v, value)
		r.say(value)
	}
	return v
}

func (r *rdataReader) address(size int, key, doc string, ref wire.Ref) {
	b := r.take(size)
	if b == nil || !r.says() && !r.asked.Wants(key) {
		return
	}
	a, _ := netip.AddrFromSlice(b)
	value, v := a.String(), uint64(0)
	if size == 4 {
		v = uint64(binary.BigEndian.Uint32(b))
	}
	r.add("Address", key, size, doc, ref, v, value)
	r.say(value)
}

func (r *rdataReader) names(name, key, doc string, ref wire.Ref) {
	if r.node.Note != "" {
		return
	}
	r.known = true
	text, err := r.name(&r.node.Children, name, key, doc, ref)
	r.say(text)
	if err != nil {
		r.node.Note = "the name is malformed"
	}
}

// strings reads the character strings of a TXT record.
func (r *rdataReader) strings() {
	ref := wire.RFC("1035", "3.3.14")
	for r.at < len(r.b) && r.node.Note == "" {
		size := int(r.take(1)[0])
		r.add("TXT Length", "dns.txt.length", 1, "Octets of text that follow.", ref, uint64(size), decimal(size))
		if size == 0 {
			r.say(`""`)
			continue
		}
		if b := r.take(size); b != nil {
			quoted := strconv.QuoteToASCII(string(b))
			r.add("TXT", "dns.txt", size, "Text for whoever wants it.", ref, 0, strings.Trim(quoted, `"`))
			r.say(quoted)
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
		size := int(r.number("Option Length", "dns.opt.len", 2, "Octets of the option that follow.", ref))
		if size > 0 && r.take(size) != nil {
			r.add("Option Data", "dns.opt.data", size, "What the option says.", ref, 0, decimal(size)+" octets")
		}
	}
}
