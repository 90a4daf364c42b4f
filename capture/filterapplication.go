package capture

import (
	"bytes"
	"strings"

	"netlab/dns"
	"netlab/filter"
	"netlab/ip"
	"netlab/tls"
	"netlab/wire"
)

// termOfApplication is the test of a term about what a segment or datagram carries. It is taken apart only if it is of that application, and may
// have the field.
func termOfApplication(t filter.Term, of application, key string) func(*look) filter.Verdict {
	always := key == string(of) && t.Exists() && (of == httpApplication || of == tlsApplication)
	may, apart := mayHave(of, key), newDissector(key)
	var ofHeader func(*look) filter.Verdict
	headerLen := dns.HeaderLayout().Len()
	if _, ok := dns.HeaderLayout().Field(key); ok {
		ofHeader = termOfHeader(t, []string{key}, dns.HeaderLayout(), (*look).data, none)
	}
	return func(l *look) filter.Verdict {
		if lies := l.laid(); lies != nil {
			if !lies.has(of) {
				return filter.No
			}
			return filter.VerdictOf(t.Match(l.apart(apart), nil))
		}
		switch carries := l.application(); {
		case carries == quicApplication && of == tlsApplication:
			return filter.VerdictOf(t.Match(l.apart(apart), nil))
		case carries != of:
			return filter.No
		}
		data := l.data()
		if always || key == "dns" && t.Exists() && l.row.protocol == ip.UDP {
			return filter.Yes
		}
		switch {
		case ofHeader != nil && l.row.protocol == ip.UDP && len(data) >= headerLen:
			return ofHeader(l)
		case !may(data), of == dnsApplication && l.row.protocol == ip.UDP && noRecords(data) && strings.HasPrefix(key, "dns.") && !strings.HasPrefix(key, "dns.qry"):
			return filter.No
		}
		return filter.VerdictOf(t.Match(l.apart(apart), nil))
	}
}

// isApplication reports whether a layer is that of an application that netlab takes apart itself.
func isApplication(layer string) bool {
	switch application(layer) {
	case httpApplication, http2Application, webSocketApplication, tlsApplication, dnsApplication, dhcpApplication, ripApplication, quicApplication:
		return true
	}
	return false
}

// mayHave returns a test that a message fails only if it certainly has no field of a name.
func mayHave(of application, key string) func(data []byte) bool {
	switch {
	case of == httpApplication && strings.HasPrefix(key, "http.request"):
		return func(data []byte) bool { return !bytes.HasPrefix(data, []byte("HTTP/")) }
	case of == httpApplication && strings.HasPrefix(key, "http.response"):
		return func(data []byte) bool { return bytes.HasPrefix(data, []byte("HTTP/")) }
	case of == tlsApplication && strings.HasPrefix(key, "tls.handshake"):
		return tls.HasHandshake
	}
	return func([]byte) bool { return true }
}

// noRecords reports whether a DNS message has no records, but for its question.
func noRecords(b []byte) bool {
	const counts, end = 6, 12 // of answers, authorities and additional records
	return len(b) >= end && bytes.Count(b[counts:end], []byte{0}) == end-counts
}

// termOfData is the test of a term about octets that nobody takes apart.
func termOfData(t filter.Term, key string) func(*look) filter.Verdict {
	if key != "data" {
		return none
	}
	apart := newDissector(key)
	return func(l *look) filter.Verdict {
		if l.laid() != nil {
			return filter.VerdictOf(t.Match(l.apart(apart), nil))
		}
		size := l.unknown()
		if size == 0 {
			return filter.No
		}
		return filter.VerdictOf(t.Of(dataNode(l.octets[:size], 0)))
	}
}

// unknown returns how many octets of the packet's segment or datagram nobody takes apart.
func (l *look) unknown() (size int) {
	data := l.data()
	if l.application() == noApplication {
		size = len(data)
	}
	if h := l.ip(); h.protocol == ip.UDP {
		size += len(h.payload) - 8 - len(data) // behind the datagram
	}
	return size
}

// ip returns the packet's IP header. It remembers it.
func (l *look) ip() *header {
	if !l.headerRead {
		l.headerRead = true
		l.header, _ = parseHeader(l.network())
	}
	return &l.header
}

// data returns what the packet's segment or datagram carries, as far as it was captured.
func (l *look) data() []byte {
	at := l.dataAt()
	return l.octets[at:min(at+int(l.row.data), len(l.octets))]
}

// dataAt returns at which octet that begins.
func (l *look) dataAt() int {
	header := 8
	if l.row.protocol == ip.TCP {
		header = int(l.transport()[12]>>4) * 4
	}
	return int(l.row.transport) + header
}

// application tells what the packet's segment or datagram carries. It remembers it.
func (l *look) application() application {
	if !l.told {
		l.told = true
		h := header{payload: l.transport()}
		if l.row.protocol == ip.TCP {
			l.carries = streamApplication(portsOf(h.payload), l.data())
		} else {
			l.carries = datagramApplication(&h, l.data())
		}
	}
	return l.carries
}

// apart returns what is wanted of what the packet's segment or datagram carries, taken apart.
func (l *look) apart(d *dissector) []wire.Node {
	l.carried = true
	h := l.ip()
	if h.protocol == ip.TCP {
		return d.laying(l.laid(), len(l.octets)).streamData(h, int(h.payload[12]>>4)*4, int(l.row.transport))
	}
	return d.datagramData(h, l.data(), int(l.row.transport), mostTunnels)
}

// termOfJoined is the test of a term about the segments of which a message is put together.
func termOfJoined(t filter.Term) func(*look) filter.Verdict {
	apart := newDissector("")
	return func(l *look) filter.Verdict {
		if l.laid() == nil {
			return filter.No
		}
		return filter.VerdictOf(t.Match(l.apart(apart), nil))
	}
}
