package stack

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/tcp"
)

// An interface gets an address while the host runs, a connection uses it, and ends when it goes.
func TestAddressesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := link.Memory(1500)
		client, server := New(Config{Name: "h1", Seed: 1}), New(Config{Name: "h2", Seed: 2})
		client.Attach("eth0", nil, a)
		server.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, b)
		defer func() { client.Close(); server.Close() }()
		l, err := server.Listen("tcp", ":7")
		require.NoError(t, err)
		accepted := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, err = c.Read(make([]byte, 1))
			}
			accepted <- err
		}()
		_, err = client.Dial(context.Background(), "tcp", "10.0.0.2:7")
		require.ErrorIs(t, err, ErrNoRoute)

		require.NoError(t, client.AddAddress("eth0", netip.MustParsePrefix("10.0.0.1/24")))
		require.Error(t, client.AddAddress("eth0", netip.MustParsePrefix("10.0.0.1/24")), "it has it already")
		require.Error(t, client.AddAddress("eth1", netip.MustParsePrefix("10.0.0.9/24")))
		conn, err := client.Dial(context.Background(), "tcp", "10.0.0.2:7")
		require.NoError(t, err)
		require.Equal(t, "10.0.0.1", conn.(*Conn).Flow().Local.Addr().String())

		reading := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			reading <- err
		}()
		synctest.Wait()
		require.NoError(t, client.RemoveAddress("eth0", netip.MustParseAddr("10.0.0.1")))
		require.ErrorIs(t, <-reading, tcp.ErrAddressGone)
		require.Empty(t, client.Connections())
		require.Error(t, client.RemoveAddress("eth0", netip.MustParseAddr("10.0.0.1")))
		_, err = client.Dial(context.Background(), "tcp", "10.0.0.2:7")
		require.ErrorIs(t, err, ErrNoRoute)
		synctest.Wait()
		select {
		case err := <-accepted:
			t.Fatal("the peer was told: ", err)
		default:
		}
	})
}
