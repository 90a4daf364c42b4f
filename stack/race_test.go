package stack

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

func addrs(all ...string) (list []netip.Addr) {
	for _, a := range all {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

// RFC 8305, Section 5: the attempts start 250 ms after each other, and the first that is established is used.
func TestTheFirstAddressThatAnswersIsUsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		addrs []netip.Addr
		takes time.Duration
	}{
		{"the first", addrs("10.0.0.2", "10.0.0.8"), 0},
		{"the second", addrs("10.0.0.8", "10.0.0.2"), 250 * time.Millisecond},
		{"the third", addrs("10.0.0.8", "10.0.0.9", "10.0.0.2"), 500 * time.Millisecond},
		{"one to which no route leads comes last (RFC 6724, Section 6)", addrs("192.0.2.1", "10.0.0.2"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, Config{Hosts: map[string][]netip.Addr{"b": c.addrs}}, Config{})
				l, err := p.b.Listen("tcp", ":80")
				require.NoError(t, err)
				start := time.Now()
				conn, err := p.a.Dial(context.Background(), "tcp", "b:80")
				require.NoError(t, err)
				require.Equal(t, c.takes, time.Since(start))
				require.Equal(t, "10.0.0.2:80", conn.RemoteAddr().String())
				_, err = l.Accept()
				require.NoError(t, err)
				synctest.Wait()
				require.Len(t, p.a.Connections(), 1, "the other attempts are given up")
				go conn.Write([]byte("x"))
			})
		})
	}
}

func TestWhenNoAddressAnswersTheFirstErrorIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{Hosts: map[string][]netip.Addr{"b": addrs("192.0.2.1", "10.0.0.2")}}, Config{})
		_, err := p.a.Dial(context.Background(), "tcp", "b:80")
		require.ErrorIs(t, err, tcp.ErrRefused)

		p = newPair(t, Config{Hosts: map[string][]netip.Addr{"b": addrs("10.0.0.8", "10.0.0.9")}}, Config{})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err = p.a.Dial(ctx, "tcp", "b:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
		synctest.Wait()
		require.Empty(t, p.a.Connections())
	})
}
