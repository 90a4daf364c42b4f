package service

import (
	"fmt"
	"io"
	"net"

	"netlab/stack"
)

// blockSize is how many octets the servers read or make at a time.
const blockSize = 32 << 10

// Echo sends back what it receives until the client ends its direction (RFC 862).
func Echo(_ *stack.Host, conn net.Conn) {
	carry(conn, conn)
}

// Discard throws away what it receives (RFC 863).
func Discard(_ *stack.Host, conn net.Conn) {
	carry(io.Discard, conn)
}

// smallestBlock is what a connection on which hardly anything moves has to do with.
const smallestBlock = 512

// carry writes to w what it reads from r until one of them ends. Its block grows as long as reads fill it: thousands of idle
// connections need no thousands of large ones.
func carry(w io.Writer, r io.Reader) {
	block := make([]byte, smallestBlock)
	for {
		n, err := r.Read(block)
		if _, writeErr := w.Write(block[:n]); writeErr != nil || err != nil {
			return
		}
		if n == len(block) && n < blockSize {
			block = make([]byte, 4*n)
		}
	}
}

// plainWriter hides all methods of a writer but Write, so that io.CopyBuffer uses the buffer it is given.
type plainWriter struct{ io.Writer }

// Chargen sends lines of printing characters until the client goes away, and throws away what it receives (RFC 864).
func Chargen(h *stack.Host, conn net.Conn) {
	h.Go(func() {
		Discard(h, inner(conn)) // without a deadline: nobody has to send anything
		conn.Close()            // the client ended its direction, or aborted: RFC 864 wants to be prepared for either
	})
	block := make([]byte, 0, 95*74)
	for n := range 95 {
		block = appendChargenLine(block, n)
	}
	for {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}

// appendChargenLine appends line n of the pattern: "On line N, put characters (0+N mod 95) through (71+N mod 95). End each line with carriage return and
// line feed." RFC 864
func appendChargenLine(b []byte, n int) []byte {
	for i := range 72 {
		b = append(b, byte(' '+(n+i+1)%95))
	}
	return append(b, "\r\n"...)
}

// The ports of services that answer whatever they get (RFC 862, RFC 864).
const (
	echoPort    = 7
	chargenPort = 19
)

// EchoDatagrams sends back each datagram that it receives on an address such as ":7" (RFC 862).
func EchoDatagrams(h *stack.Host, address string) error {
	return serveDatagrams(h, address, func(conn *stack.PacketConn, m stack.Message, datagram []byte) {
		if port := m.From.Port(); port == echoPort || port == chargenPort {
			return // two such services that answer each other never end
		}
		// The answer comes from the address that was asked. One that cannot be sent is lost, as datagrams may be; nor can
		// one be sent from a broadcast address.
		_, _ = conn.WriteFrom(datagram, m.To, m.From)
	})
}

// serveDatagrams hands each datagram that arrives at an address such as ":7" to serve, on a goroutine that ends with the host.
func serveDatagrams(h *stack.Host, address string, serve func(conn *stack.PacketConn, m stack.Message, datagram []byte)) error {
	opened, err := h.ListenPacket("udp", address)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	conn := opened.(*stack.PacketConn)
	h.Go(func() {
		defer conn.Close()
		datagram := make([]byte, 65535)
		for {
			n, m, err := conn.ReadMsg(datagram)
			if err != nil {
				return // the host is closed
			}
			serve(conn, m, datagram[:n])
		}
	})
	return nil
}
