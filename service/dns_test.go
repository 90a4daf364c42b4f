package service

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	codec "github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"netlab/dns"
	"netlab/stack"
)

// named runs f with a client that asks the server for names.
func named(t *testing.T, f func(t *testing.T, client *stack.Host, r *Resolver)) {
	addrs := []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	zones, err := TestZones(addrs, []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd77::1")})
	require.NoError(t, err)
	hosts(t, Options{Zones: zones}, func(t *testing.T, client, _ *stack.Host) {
		r := NewResolver(client, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:53")}}}, "netlab.test")
		client.SetResolver(r.Addrs)
		f(t, client, r)
	})
}

func TestDialFindsNames(t *testing.T) {
	named(t, func(t *testing.T, client *stack.Host, _ *Resolver) {
		for _, name := range []string{"netlab.test", "www.netlab.test", "www", "x.any.netlab.test"} {
			conn, err := client.Dial(t.Context(), "tcp", name+":7")
			require.NoError(t, err, name)
			require.Equal(t, "10.0.0.2:7", conn.RemoteAddr().String())
			conn.Close()
		}
		_, err := client.Dial(t.Context(), "tcp", "nope.netlab.test:7")
		require.ErrorIs(t, err, stack.ErrUnknownHost)
		require.ErrorIs(t, err, dns.ErrNoName)
		addrs, err := client.LookUp("kernel.netlab.test")
		require.NoError(t, err)
		require.Equal(t, []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd77::1")}, addrs, "no route leads to the IPv6 address: RFC 6724, Section 6, Rule 1")
	})
}

func TestLongAnswersComeOverTCP(t *testing.T) {
	named(t, func(t *testing.T, _ *stack.Host, r *Resolver) {
		a, err := r.LookUp(t.Context(), "big.netlab.test", codec.TypeA)
		require.NoError(t, err)
		require.Len(t, a.Records, bigAddresses)
		a, err = r.LookUp(t.Context(), "2.0.0.10.in-addr.arpa", codec.TypePTR)
		require.NoError(t, err)
		require.Equal(t, "netlab.test.", a.Records[0].(*codec.PTR).Ptr)
		_, err = r.LookUp(t.Context(), "www.elsewhere.test", codec.TypeA)
		require.ErrorIs(t, err, dns.ErrServer)
	})
}

// Nobody answers, or says by ICMP that nobody is there: both end, the second at once.
func TestNoNameServer(t *testing.T) {
	named(t, func(t *testing.T, client *stack.Host, _ *Resolver) {
		ask := func(server string) (time.Duration, error) {
			r := NewResolver(client, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort(server)}}}, "")
			start := client.Now()
			_, err := r.Addrs(t.Context(), "netlab.test")
			require.ErrorIs(t, err, dns.ErrTimeout)
			return client.Now().Sub(start), err
		}
		took, _ := ask("10.0.0.99:53")
		require.Equal(t, 14*time.Second, took)
		took, err := ask("10.0.0.2:54")
		require.Zero(t, took)
		require.ErrorIs(t, err, stack.ErrUnreachable)
	})
}

func TestALookupEndsWithItsContext(t *testing.T) {
	named(t, func(t *testing.T, client *stack.Host, _ *Resolver) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := NewResolver(client, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.99:53")}}}, "")
		start := client.Now()
		_, err := r.Addrs(ctx, "netlab.test")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, client.Now().Sub(start))
	})
}

func newExchange(client *stack.Host, name string, qtype uint16, c dns.ExchangeConfig) *dns.Exchange {
	if c.Servers == nil {
		c.Servers = []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:53")}
	}
	return dns.NewExchange(name, qtype, c, client.Random, nil)
}

func TestExchange(t *testing.T) {
	named(t, func(t *testing.T, client *stack.Host, _ *Resolver) {
		r, err := Exchange(t.Context(), client, newExchange(client, "www.netlab.test", codec.TypeA, dns.ExchangeConfig{}))
		require.NoError(t, err)
		require.Len(t, r.Message.Answer, 2)
		require.False(t, r.TCP)
		r, err = Exchange(t.Context(), client, newExchange(client, "big.netlab.test", codec.TypeA, dns.ExchangeConfig{}))
		require.NoError(t, err)
		require.True(t, r.TCP)
		require.Greater(t, r.Octets, 4096)
		r, err = Exchange(t.Context(), client, newExchange(client, "big.netlab.test", codec.TypeA, dns.ExchangeConfig{NoTCP: true}))
		require.NoError(t, err)
		require.True(t, r.Message.Truncated)
		_, err = Exchange(t.Context(), client, newExchange(client, "x", codec.TypeA, dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:54")}}))
		require.ErrorIs(t, err, dns.ErrTimeout)
		start := client.Now()
		_, err = Exchange(t.Context(), client, newExchange(client, "x", codec.TypeA, dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.99:53")}, Rounds: 1}))
		require.ErrorIs(t, err, dns.ErrTimeout)
		require.Equal(t, 2*time.Second, client.Now().Sub(start))
	})
}

// RFC 7766, Section 6.2.1.1: several questions over one connection, one behind the other.
func TestPipelining(t *testing.T) {
	named(t, func(t *testing.T, client *stack.Host, _ *Resolver) {
		conn := dial(t, client, "tcp", "h2:53")
		var all []byte
		for id := range uint16(5) {
			q := &codec.Msg{}
			q.SetQuestion("netlab.test.", codec.TypeMX)
			q.Id = id
			b, err := q.Pack()
			require.NoError(t, err)
			all = append(append(all, 0, byte(len(b))), b...)
		}
		_, err := conn.Write(all)
		require.NoError(t, err)
		for id := range uint16(5) {
			b, err := readMessage(conn, 0xffff)
			require.NoError(t, err)
			m := new(codec.Msg)
			require.NoError(t, m.Unpack(b))
			require.Equal(t, id, m.Id)
		}
		_, err = conn.Write([]byte{0xff, 0xff})
		require.NoError(t, err)
		_, err = readMessage(conn, 0xffff)
		require.Error(t, err, "nobody has so much to ask")
		require.False(t, errors.Is(err, context.DeadlineExceeded))
	})
}

// RFC 5452, Section 9.2: each query, also each one that is sent again, leaves from a port of its own.
func TestEachQueryHasAPortOfItsOwn(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, server *stack.Host) {
		conn, err := server.ListenPacket("udp", ":5300")
		require.NoError(t, err)
		ports := map[uint16]bool{}
		ended := make(chan bool)
		go func() {
			defer close(ended)
			for {
				_, from, err := conn.ReadFrom(make([]byte, 512))
				if err != nil {
					return
				}
				ports[addrPort(from).Port()] = true
			}
		}()
		r := NewResolver(client, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:5300")}}}, "")
		_, err = r.Addrs(t.Context(), "netlab.test")
		require.ErrorIs(t, err, dns.ErrTimeout)
		conn.Close()
		<-ended
		require.Len(t, ports, 6, "three rounds, for A and AAAA")
	})
}
