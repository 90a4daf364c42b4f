package stack

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

// A listener that records gives connections that remember how they began; others remember nothing.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{Seed: 1}, Config{Seed: 2})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		l.(*Listener).Record(4)
		mine, err := p.a.Dial(t.Context(), "tcp", "10.0.0.2:80")
		require.NoError(t, err)
		conn, err := l.Accept()
		require.NoError(t, err)
		_, err = mine.Write(make([]byte, 1000))
		require.NoError(t, err)
		for n := 0; n < 1000; {
			k, err := conn.Read(make([]byte, 1000))
			require.NoError(t, err)
			n += k
		}
		first, more := conn.(*Conn).Recorded()
		require.Len(t, first, 4)
		require.Positive(t, more)
		syn, err := tcp.Parse(first[0].Octets)
		require.NoError(t, err)
		require.Equal(t, tcp.SYN, syn.Flags)
		require.True(t, first[1].Sent)
		require.Equal(t, 1032, first[3].Length, "header and data, of which the first octets are kept")
		require.Len(t, first[3].Octets, recorded)
		first, more = mine.(*Conn).Recorded()
		require.Nil(t, first)
		require.Zero(t, more)
	})
}
