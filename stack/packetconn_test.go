package stack

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
)

func TestDatagrams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		server, err := p.b.ListenPacket("udp", ":53")
		require.NoError(t, err)
		client, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		require.Equal(t, "10.0.0.2:53", client.RemoteAddr().String())

		for _, size := range []int{0, 1, 1000, 5000, 65507} { // the last two in fragments
			data := bytes.Repeat([]byte{7}, size)
			_, err = client.Write(data)
			require.NoError(t, err)
			buf := make([]byte, 70_000)
			n, from, err := server.ReadFrom(buf)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, buf[:n]))
			require.Equal(t, client.LocalAddr().String(), from.String())
			_, err = server.WriteTo(buf[:n], from)
			require.NoError(t, err)
			n, err = client.Read(buf)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, buf[:n]))
		}
		_, err = client.Write(make([]byte, 65508))
		require.ErrorIs(t, err, ErrTooLong)
	})
}

func TestDatagramToClosedPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		_, err = client.Write([]byte("x"))
		require.NoError(t, err)
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, ErrUnreachable)
		var icmp *ICMPError
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, ip.PortUnreachable, icmp.Code)

		require.NoError(t, client.SetReadDeadline(time.Now().Add(time.Second)))
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the error is told once")
	})
}

func TestConnectedSocketHearsOnlyItsPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		other, err := p.b.ListenPacket("udp", ":54")
		require.NoError(t, err)
		_, err = other.WriteTo([]byte("psst"), client.LocalAddr())
		require.NoError(t, err)
		require.NoError(t, client.SetReadDeadline(time.Now().Add(time.Second)))
		_, err = client.Read(make([]byte, 10))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_, err = client.(*PacketConn).WriteTo([]byte("x"), other.LocalAddr())
		require.ErrorIs(t, err, net.ErrWriteToConnected)
	})
}

func TestSocketQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		server, err := p.b.ListenPacket("udp", "10.0.0.2:53")
		require.NoError(t, err)
		client, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		for range 300 {
			_, err = client.Write(make([]byte, 1000))
			require.NoError(t, err)
		}
		synctest.Wait()
		const arrived = (256 << 10) / 1000 // what a socket holds
		require.EqualValues(t, 300-arrived, counter(p.b, "discarded: receive queue full"))
		for range arrived {
			n, _, err := server.ReadFrom(make([]byte, 2000))
			require.NoError(t, err)
			require.Equal(t, 1000, n)
		}
	})
}

func TestPacketConnClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		c, err := p.a.ListenPacket("udp", ":0")
		require.NoError(t, err)
		result := make(chan error)
		go func() {
			_, _, err := c.ReadFrom(make([]byte, 1))
			result <- err
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		err = <-result
		require.True(t, errors.Is(err, net.ErrClosed))
		require.ErrorIs(t, c.Close(), net.ErrClosed)
		_, err = c.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 1})
		require.ErrorIs(t, err, net.ErrClosed)
		again, err := p.a.ListenPacket("udp", c.LocalAddr().String()[len("[::]"):])
		require.NoError(t, err, "the port is free again")
		require.NoError(t, again.Close())
	})
}

func counter(h *Host, name string) (n uint64) {
	h.EachCounter(func(counter string, value uint64) {
		if counter == name {
			n = value
		}
	})
	return n
}
