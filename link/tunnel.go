package link

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Bounds of a tunnel.
const (
	DefaultTunnelMTU = 1400    // so that a packet in a tunnel fits into one of an ordinary network
	tunnelQueue      = 1 << 20 // octets that wait to be read
	tunnelRate       = 1000    // datagrams that are looked at in each tunnelSlice
	tunnelSlice      = 10 * time.Millisecond
	maxTunnelMTU     = 65535 - 28 - tunnelHeader - tunnelTag // behind an IPv4 and a UDP header
	minKey           = 8                                     // octets
)

// TunnelOptions say what a tunnel is.
type TunnelOptions struct {
	Listen netip.AddrPort // our own address and port
	Peer   netip.AddrPort // the other side's; invalid: whoever has the key

	// Key is a secret that both sides have: each datagram is signed with it. nil: none, and only the address of the
	// peer says who it is, which whoever can send packets with a forged source address can pretend.
	Key []byte

	Carries  Carries // 0: IPPackets
	MTU      int     // the largest packet, in octets; 0: DefaultTunnelMTU
	Greeting string  // a short text that the peer's events get

	// Tell, if not nil, is told what happens. It is called from the tunnel's goroutines, one call at a time, and must return soon.
	Tell func(TunnelEvent)
}

// Tunnel is a link to another netlab, over a UDP socket of this machine. The other side may start later, start anew or vanish;
// what is sent meanwhile is lost. A wrong or hostile sender costs bounded time and memory: docs/tunnel.md says how.
type Tunnel struct {
	socket *net.UDPConn
	in     *pipe
	tell   func(TunnelEvent)
	mtu    int
	done   chan struct{}
	ended  sync.WaitGroup

	mu     sync.Mutex // guards the rest
	peer   tunnelPeer
	sealed []byte
	closed bool
	lost   uint64
}

// OpenTunnel opens the socket and begins to look for the peer.
func OpenTunnel(o TunnelOptions) (*Tunnel, error) {
	if o.Carries == 0 {
		o.Carries = IPPackets
	}
	if o.MTU == 0 {
		o.MTU = DefaultTunnelMTU
	}
	switch {
	case o.Key != nil && len(o.Key) < minKey:
		return nil, fmt.Errorf("link: a tunnel's key has at least %d octets", minKey)
	case o.Key == nil && !o.Peer.IsValid():
		return nil, errors.New("link: a tunnel without a key needs its peer's address")
	case len(o.Greeting) > maxGreeting:
		return nil, fmt.Errorf("link: a tunnel's greeting has at most %d octets", maxGreeting)
	case o.MTU < minTunnelMTU || o.MTU > maxTunnelMTU:
		return nil, fmt.Errorf("link: a tunnel takes packets of %d to %d octets, not %d", minTunnelMTU, maxTunnelMTU, o.MTU)
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(o.Listen))
	if err != nil {
		return nil, fmt.Errorf("link: tunnel: %w", err)
	}
	t := &Tunnel{socket: socket, in: newPipe(), tell: o.Tell, mtu: o.MTU, done: make(chan struct{})}
	t.in.room = tunnelQueue
	t.peer = tunnelPeer{
		key: o.Key, carries: o.Carries, mtu: o.MTU, greeting: []byte(o.Greeting), fixed: o.Key == nil, addr: unmapped(o.Peer),
		salt: uint16(rand.Uint32()),
	}
	t.act(func(now time.Time) { t.peer.begin(now) })
	t.ended.Go(t.listen)
	t.ended.Go(t.watch)
	return t, nil
}

// unmapped makes an IPv4 address of one that is written as IPv6, as a socket for both families gives them.
func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// Addr is the address and port of our side.
func (t *Tunnel) Addr() netip.AddrPort {
	return unmapped(t.socket.LocalAddr().(*net.UDPAddr).AddrPort())
}

// MTU is the size of the largest packet that our side takes, in octets. The other side may take less.
func (t *Tunnel) MTU() int { return t.mtu }

// Read waits for packets from the peer and returns those that are there. It returns io.EOF after Close.
func (t *Tunnel) Read() ([]Packet, error) { return t.in.read() }

// Write sends packets to the peer. While it is not there, and where they are too large for it, they are dropped and counted.
func (t *Tunnel) Write(packets []Packet) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	for i := range packets {
		octets := packets[i].Octets
		switch {
		case t.peer.peer == 0:
			t.lost++
			continue
		case len(octets) > t.peer.room():
			t.lost++
			t.peer.throw(time.Now(), tooLarge)
			continue
		}
		t.sealed = t.peer.seal(t.sealed[:0], tunnelData, octets)
		t.put(t.peer.addr, t.sealed)
	}
	t.peer.said = time.Now()
	t.pass()
	return nil
}

// Counts returns how many packets were written while they could not be sent, and how many datagrams that
// came in were thrown away.
func (t *Tunnel) Counts() (lost, thrown uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.peer.thrown {
		thrown += n
	}
	return t.lost, thrown
}

// Close tells the peer, ends a waiting Read, and closes the socket.
func (t *Tunnel) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	t.peer.bye(time.Now())
	t.pass()
	t.mu.Unlock()
	close(t.done)
	err := t.socket.Close()
	t.in.close()
	t.ended.Wait()
	return err
}

// act lets do change the peer's state, and does what the state wants then.
func (t *Tunnel) act(do func(now time.Time)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		do(time.Now())
		t.pass()
	}
}

// pass sends the datagrams and tells the events that there are. t.mu is held.
func (t *Tunnel) pass() {
	for _, d := range t.peer.out {
		t.put(d.to, d.octets)
	}
	t.peer.out = t.peer.out[:0]
	for _, e := range t.peer.events {
		if t.tell != nil {
			t.tell(e)
		}
	}
	t.peer.events = t.peer.events[:0]
}

// put sends a datagram. What the machine does not take is lost, as on a wire.
func (t *Tunnel) put(to netip.AddrPort, b []byte) { _, _ = t.socket.WriteToUDPAddrPort(b, to) }

// watch does what is due with time.
func (t *Tunnel) watch() {
	ticker := time.NewTicker(helloEvery / 4)
	defer ticker.Stop()
	for {
		select {
		case <-t.done:
			return
		case <-ticker.C:
			t.act(t.peer.advance)
		}
	}
}

// listen reads the socket. A flood is looked at for a part of the time alone: what comes in between fills the
// socket's buffer in the kernel, and is dropped there.
func (t *Tunnel) listen() {
	b := make([]byte, 65536)
	slice, looked := time.Now(), 0
	for {
		n, from, err := t.socket.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error about something that was sent
		}
		if looked++; looked >= tunnelRate {
			if rest := tunnelSlice - time.Since(slice); rest > 0 {
				time.Sleep(rest)
			}
			slice, looked = time.Now(), 0
		}
		t.act(func(now time.Time) {
			packet := t.peer.receive(now, unmapped(from), b[:n])
			if packet != nil && !t.in.put(packet, t.mtu) {
				t.peer.throw(now, queueFull)
			}
		})
	}
}
