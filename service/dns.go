package service

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"netlab/dns"
	"netlab/stack"
	"netlab/trace"
)

// nameServer lets several goroutines use one server.
type nameServer struct {
	mu   sync.Mutex
	core *dns.Server
}

func (s *nameServer) answer(h *stack.Host, flow trace.Flow, query []byte, tcp bool) ([]byte, trace.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response := s.core.Answer(h.Now(), flow, query, tcp)
	return response, s.core.Why()
}

// ServeDNS answers questions about zones on UDP and TCP port 53. It ends with the host.
func ServeDNS(h *stack.Host, zones []*dns.Zone, o Options) error {
	s := &nameServer{core: dns.NewServer(zones, dns.ServerConfig{}, h.Tracer())}
	address := fmt.Sprintf(":%d", dns.Port)
	if err := Accept(h, address, o, s.serveConn); err != nil {
		return err
	}
	return serveDatagrams(h, address, func(conn *stack.PacketConn, m stack.Message, query []byte) {
		flow := trace.Flow{Local: netip.AddrPortFrom(m.To, dns.Port), Remote: m.From}
		if response, why := s.answer(h, flow, query, false); response != nil {
			_ = conn.SetReason(why)
			_, _ = conn.WriteFrom(response, m.To, m.From) // from the address that was asked: RFC 2181, Section 4.1
		}
	})
}

// serveConn answers the questions that come over one connection, in their order. A client may send the next one before it has the answer: "To achieve
// performance on par with UDP, DNS clients SHOULD pipeline their queries." RFC 7766, Section 6.2.1.1
func (s *nameServer) serveConn(h *stack.Host, conn net.Conn) {
	flow := trace.Flow{Local: addrPort(conn.LocalAddr()), Remote: addrPort(conn.RemoteAddr())}
	in := bufio.NewReaderSize(conn, maxQuery)
	for {
		query, err := readMessage(in, maxQuery)
		if err != nil {
			return
		}
		response, _ := s.answer(h, flow, query, true)
		if response == nil || writeMessage(conn, response) != nil {
			return
		}
	}
}

// maxQuery is the longest question over TCP, in octets: a connection holds no more memory than that.
const maxQuery = 4096

// readMessage reads a message of at most so many octets behind its length (RFC 1035, Section 4.2.2).
func readMessage(r io.Reader, most int) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n > most {
		return nil, fmt.Errorf("service: a DNS message of %d octets: at most %d are taken", n, most)
	}
	message := make([]byte, n)
	_, err := io.ReadFull(r, message)
	return message, err
}

// writeMessage writes a message and its length at once: "DNS clients and servers SHOULD pass the two-octet length field, and the
// message described by that length field, to the TCP layer at the same time." RFC 7766, Section 8
func writeMessage(w io.Writer, message []byte) error {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(message)), uint16(len(message)))
	_, err := w.Write(append(b, message...))
	return err
}
