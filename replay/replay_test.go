package replay_test

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/ip"
	"netlab/replay"
	"netlab/tcp"
)

func open(t *testing.T, name string) *capture.Reader {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join("..", "testdata", "captures", name))
	require.NoError(t, err)
	r, err := capture.NewReader(name, bytes.NewReader(octets))
	require.NoError(t, err)
	return r
}

// duel is a real TCP that fetches from a Server, both in virtual time: the client is package tcp.
type duel struct {
	t      *testing.T
	now    time.Time
	client *tcp.Conn
	server *replay.Server
	got    []byte
	lose   func(toClient bool, n int) bool // packet n of a direction
	sent   [2]int
}

func clientAddr() netip.AddrPort { return netip.MustParseAddrPort("10.77.0.1:50000") }
func serverAddr() netip.AddrPort { return netip.MustParseAddrPort("10.77.0.2:8080") }

func newDuel(t *testing.T, x *replay.Exchange, cfg tcp.Config) *duel {
	now := time.Unix(1000, 0)
	cfg.MSS = 1460
	return &duel{
		t: t, now: now, client: tcp.Dial(now, cfg, clientAddr(), serverAddr(), nil), server: replay.NewServer(x, serverAddr(), 1),
		lose: func(bool, int) bool { return false },
	}
}

// run lets both speak until nothing more happens, or for so long.
func (d *duel) run(request string, limit time.Duration) {
	end := d.now.Add(limit)
	asked := false
	buffer := make([]byte, 1<<16)
	for steps := 0; steps < 100_000; steps++ {
		moved := false
		for packet := d.server.Next(d.now); packet != nil; packet = d.server.Next(d.now) {
			d.sent[1]++
			if moved = true; !d.lose(true, d.sent[1]) {
				h, payload, err := ip.Parse(packet)
				require.NoError(d.t, err)
				require.True(d.t, tcp.Verify(h.Src, h.Dst, payload))
				seg, err := tcp.Parse(payload)
				require.NoError(d.t, err)
				d.client.Receive(d.now, &seg)
			}
		}
		if !asked && d.client.State() == tcp.Established {
			asked = true
			_, err := d.client.Write(d.now, []byte(request))
			require.NoError(d.t, err)
		}
		for {
			n, err := d.client.Read(d.now, buffer)
			d.got = append(d.got, buffer[:n]...)
			if err == io.EOF && d.client.State() == tcp.CloseWait {
				require.NoError(d.t, d.client.Close(d.now))
			}
			if n == 0 {
				break
			}
		}
		var seg tcp.Segment
		for d.client.Next(d.now, &seg) {
			d.sent[0]++
			if moved = true; !d.lose(false, d.sent[0]) {
				d.server.Receive(d.now, packetOf(&seg))
			}
		}
		if moved {
			continue
		}
		next := d.client.Deadline()
		if s := d.server.Deadline(); !s.IsZero() && (next.IsZero() || s.Before(next)) {
			next = s
		}
		if next.IsZero() || next.After(end) {
			return
		}
		require.False(d.t, next.Before(d.now), "a deadline in the past")
		d.now = next
		d.client.Advance(d.now)
	}
	d.t.Fatal("no end")
}

func packetOf(seg *tcp.Segment) []byte {
	h := ip.Header{Src: clientAddr().Addr(), Dst: serverAddr().Addr(), TTL: 64, Protocol: ip.TCP}
	seg.SrcPort, seg.DstPort = clientAddr().Port(), serverAddr().Port()
	h.TotalLength = h.Len() + seg.HeaderLen() + len(seg.Payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	seg.Put(b[h.Len():], h.Src, h.Dst)
	return b
}

// The server's side of a capture answers a client of today, with another request than the captured one, and whatever it offers.
func TestTheServersSide(t *testing.T) {
	for name, cfg := range map[string]tcp.Config{
		"as usual": {}, "without options": {NoTimestamps: true, NoSACK: true, NoWindowScale: true}, "a small window": {ReceiveBuffer: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := replay.ReadExchange(open(t, "http.pcap"), 0)
			require.NoError(t, err)
			d := newDuel(t, x, cfg)
			d.run("GET / HTTP/1.1\r\nHost: somebody else entirely\r\n\r\n", time.Minute)
			require.Contains(t, string(d.got), "HTTP/1.0 200 OK")
			require.True(t, bytes.HasSuffix(d.got, []byte("\r\n\r\nhello from the lab\n")), "%q", d.got)
			require.Contains(t, []tcp.State{tcp.TimeWait, tcp.Closed}, d.client.State())
			require.Zero(t, d.server.Clients())
			require.Equal(t, 1, d.server.Accepted())
			require.Equal(t, []string{`10.77.0.1:50000 says "GET / HTTP/1.1", where the capture has "GET /hello.txt HTTP/1.1": it gets what was answered then`}, d.server.Remarks())
			require.Empty(t, d.server.Remarks())
		})
	}
}

// What gets lost goes again, whichever packet it is.
func TestTheServersSideOverABadLine(t *testing.T) {
	x, err := replay.ReadExchange(open(t, "http.pcap"), 0)
	require.NoError(t, err)
	for toClient := range 2 {
		for nth := 1; nth < 8; nth++ {
			d := newDuel(t, x, tcp.Config{})
			d.lose = func(to bool, n int) bool { return to == (toClient == 1) && n == nth }
			d.run("GET / HTTP/1.1\r\n\r\n", time.Minute)
			require.True(t, bytes.HasSuffix(d.got, []byte("\r\n\r\nhello from the lab\n")), "%d %d: %q", toClient, nth, d.got)
		}
	}
}

// A client that says nothing hears nothing but the handshake, and is forgotten when it does not answer any more.
func TestASilentClient(t *testing.T) {
	x, err := replay.ReadExchange(open(t, "http.pcap"), 0)
	require.NoError(t, err)
	d := newDuel(t, x, tcp.Config{})
	d.run("", time.Minute)
	require.Empty(t, d.got)
	require.Equal(t, 1, d.server.Clients())

	gone := newDuel(t, x, tcp.Config{})
	gone.lose = func(to bool, n int) bool { return to }
	gone.run("", 30*time.Second)
	require.Zero(t, gone.server.Clients())
}

func TestWhatCannotBePlayed(t *testing.T) {
	_, err := replay.ReadExchange(open(t, "http.pcap"), 7)
	require.ErrorIs(t, err, replay.ErrExchange)
	_, err = replay.ReadExchange(open(t, "ping.pcap"), 0)
	require.ErrorIs(t, err, replay.ErrExchange)
	_, err = replay.ReadExchange(open(t, "tls.pcapng"), 0)
	require.ErrorIs(t, err, replay.ErrExchange)
	require.ErrorContains(t, err, "it is TLS")

	// A capture from which a segment of the server is missing.
	octets, err := os.ReadFile("../testdata/captures/http.pcap")
	require.NoError(t, err)
	r, err := capture.NewReader("http.pcap", bytes.NewReader(octets))
	require.NoError(t, err)
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.Interface{Type: capture.Ether})
	require.NoError(t, err)
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if rec.Number != 6 {
			require.NoError(t, w.WriteRecord(rec, 0))
		}
	}
	require.NoError(t, w.Flush())
	r, err = capture.NewReader("hole", &file)
	require.NoError(t, err)
	_, err = replay.ReadExchange(r, 0)
	require.ErrorIs(t, err, replay.ErrExchange)
	require.ErrorContains(t, err, "missing before octet")
}

// Nothing that arrives makes the server panic, or hold more than it may.
func FuzzServer(f *testing.F) {
	octets, err := os.ReadFile("../testdata/captures/http.pcap")
	require.NoError(f, err)
	r, err := capture.NewReader("http.pcap", bytes.NewReader(octets))
	require.NoError(f, err)
	x, err := replay.ReadExchange(r, 0)
	require.NoError(f, err)
	f.Add([]byte{2, 0, 0, 16, 1, 9, 24, 2, 9, 17, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		s, now := replay.NewServer(x, serverAddr(), 1), time.Unix(1000, 0)
		for len(script) >= 3 {
			seg := tcp.Segment{Flags: tcp.Flags(script[0]), Seq: tcp.Seq(script[1]), Ack: x.ISS.Add(int(script[2])), Window: 1000, Payload: script[3:min(len(script), 3+int(script[1])%9)]}
			s.Receive(now, packetOf(&seg))
			for range 100 {
				if s.Next(now) == nil {
					break
				}
			}
			now = now.Add(time.Duration(script[2]) * 100 * time.Millisecond)
			script = script[3:]
		}
		require.LessOrEqual(t, s.Clients(), 64)
	})
}

// Who asks for another port than the captured server's is refused at once, and told of.
func TestAnotherPortIsRefused(t *testing.T) {
	f, err := os.Open("../testdata/captures/http.pcap")
	require.NoError(t, err)
	defer f.Close()
	r, err := capture.NewReader("http.pcap", f)
	require.NoError(t, err)
	x, err := replay.ReadExchange(r, 0)
	require.NoError(t, err)
	local := netip.AddrPortFrom(serverAddr().Addr(), serverAddr().Port()+1)
	s, now := replay.NewServer(x, local, 1), time.Unix(1000, 0)
	s.Receive(now, packetOf(&tcp.Segment{Flags: tcp.ACK, Seq: 7, Ack: 1}))
	require.Nil(t, s.Next(now), "no connection is asked for")
	s.Receive(now, packetOf(&tcp.Segment{Flags: tcp.SYN, Seq: 7}))
	h, payload, err := ip.Parse(s.Next(now))
	require.NoError(t, err)
	require.True(t, tcp.Verify(h.Src, h.Dst, payload))
	seg, err := tcp.Parse(payload)
	require.NoError(t, err)
	require.Equal(t, tcp.RST|tcp.ACK, seg.Flags)
	require.Equal(t, tcp.Seq(8), seg.Ack)
	require.Nil(t, s.Next(now))
	require.Len(t, s.Remarks(), 1)
	require.Zero(t, s.Accepted())
}

// New addresses, and sums that are right, whatever the packet.
func TestRewriting(t *testing.T) {
	files, err := filepath.Glob("../testdata/captures/*.pcap*")
	require.NoError(t, err)
	packets := 0
	for _, file := range files {
		octets, err := os.ReadFile(file)
		require.NoError(t, err)
		r, err := capture.NewReader(file, bytes.NewReader(octets))
		require.NoError(t, err)
		rewriter := &replay.Rewriter{Net4: netip.MustParseAddr("10.77.0.2"), Net6: netip.MustParseAddr("fd77::2")}
		for {
			rec, err := r.Next()
			if err != nil {
				break
			}
			b, ok := capture.IPPacket(rec.LinkType, rec.Packet)
			if !ok || rec.Length > len(rec.Packet) {
				continue
			}
			b = bytes.Clone(b)
			before, _, beforeErr := ip.Parse(b)
			if !rewriter.Packet(b) {
				continue
			}
			packets++
			h, payload, err := ip.Parse(b)
			require.NoError(t, err, "%s packet %d", file, rec.Number)
			if beforeErr == nil {
				require.Equal(t, rewriter.Addr(before.Src), h.Src)
				require.Equal(t, rewriter.Addr(before.Dst), h.Dst)
			}
			if h.Protocol == ip.TCP && !h.IsFragment() && len(payload) >= 20 {
				require.True(t, tcp.Verify(h.Src, h.Dst, payload), "%s packet %d", file, rec.Number)
			}
		}
	}
	require.Greater(t, packets, 50)
}

func TestGivenAddressesAndGroups(t *testing.T) {
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("10.77.0.9")
	r := &replay.Rewriter{Given: map[netip.Addr]netip.Addr{one: other}, Net4: netip.MustParseAddr("10.77.0.2")}
	require.Equal(t, other, r.Addr(one))
	require.Equal(t, "10.77.0.2", r.Addr(netip.MustParseAddr("192.0.2.7")).String())
	require.Equal(t, "10.77.0.3", r.Addr(netip.MustParseAddr("192.0.2.8")).String())
	require.Equal(t, "10.77.0.2", r.Addr(netip.MustParseAddr("192.0.2.7")).String(), "the same again")
	for _, stays := range []string{"224.0.0.1", "255.255.255.255", "0.0.0.0", "2001:db8::1", "ff02::1"} {
		require.Equal(t, stays, r.Addr(netip.MustParseAddr(stays)).String())
	}
}

// An ICMP error quotes a packet: its addresses change with the others, so that it is still about that packet.
func TestWhatAnErrorQuotesIsRewritten(t *testing.T) {
	r := open(t, "ping.pcap")
	rewriter := &replay.Rewriter{Net4: netip.MustParseAddr("10.77.0.2")}
	found := false
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		b, ok := capture.IPPacket(rec.LinkType, rec.Packet)
		if !ok || b[9] != 1 || b[20] != 3 {
			continue
		}
		found = true
		b = bytes.Clone(b)
		require.True(t, rewriter.Packet(b))
		quoted := b[28:]
		require.Equal(t, "10.77.0.2", netip.AddrFrom4([4]byte(quoted[12:16])).String())
		nodes := capture.Dissect(capture.RawIP, b)
		for i := range nodes {
			require.Empty(t, nodes[i].Note)
		}
	}
	require.True(t, found)
}

func FuzzRewrite(f *testing.F) {
	f.Add([]byte{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := replay.Rewriter{Net4: netip.MustParseAddr("10.77.0.2"), Net6: netip.MustParseAddr("fd77::2")}
		was := bytes.Clone(b)
		if !r.Packet(b) {
			require.Equal(t, was, b, "what is no packet is left as it is")
			return
		}
		h, _, err := ip.Parse(b)
		require.NoError(t, err)
		if old, _, err := ip.Parse(was); err == nil {
			require.Equal(t, []netip.Addr{r.Addr(old.Src), r.Addr(old.Dst)}, []netip.Addr{h.Src, h.Dst})
		}
		once := bytes.Clone(b)
		require.True(t, new(replay.Rewriter).Packet(b))
		require.Equal(t, once, b, "with the addresses that it has, a packet is what it was")
	})
}
