package stack

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"netlab/link"
	"netlab/tcp"
)

// The suite that the connections of other networks pass: over the memory link, and over one that loses, repeats, delays and
// reorders, as the links of a simulated network do. It is in real time: the suite starts goroutines and timers of its own.
func TestConnConforms(t *testing.T) {
	for name, faults := range map[string]string{"memory": "", "bad link": "delay=100us,loss=1%,dup=2%,reorder=3%"} {
		t.Run(name, func(t *testing.T) {
			f, err := link.ParseFaults(faults)
			require.NoError(t, err)
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) { return pipe(f) })
		})
	}
}

// pipe returns the two ends of a connection over a link with faults.
func pipe(f link.Faults) (client, server net.Conn, stop func(), err error) {
	la, lb := link.Memory(1500)
	bad := link.Impair(la, link.ImpairOptions{Ways: [2]string{"a>b", "b>a"}, Seed: 1})
	bad.SetFaults(link.Toward, f)
	bad.SetFaults(link.From, f)
	quick := tcp.Config{MinRTO: 20 * time.Millisecond}
	p := pair{New(Config{Seed: 1, Name: "a", TCP: quick}), New(Config{Seed: 1, Name: "b", TCP: quick})}
	p.a.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, bad)
	p.b.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, lb)
	stop = func() {
		p.a.Close()
		p.b.Close()
	}
	l, err := p.b.Listen("tcp", ":80")
	if err != nil {
		return nil, nil, nil, err
	}
	if client, err = p.a.Dial(context.Background(), "tcp", "10.0.0.2:80"); err != nil {
		return nil, nil, nil, err
	}
	server, err = l.Accept()
	return client, server, stop, err
}
