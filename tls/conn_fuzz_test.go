package tls

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// holds checks what has to be so after whatever a peer has sent.
func holds(t *testing.T, c *Conn, err error) {
	t.Helper()
	out := c.Next()
	require.Less(t, len(out), maxOutput)
	if err == nil {
		return
	}
	var refused *Error
	var peer *PeerAlert
	require.True(t, errors.As(err, &refused) || errors.As(err, &peer), "%v", err)
	require.Equal(t, ended, c.state)
	require.Nil(t, c.in)
	require.Nil(t, c.out)
	require.Equal(t, err, c.Receive(noon(), []byte{22}), "an end that has given up takes nothing")
	require.Nil(t, c.Next())
	n, writeErr := c.Write([]byte("x"))
	require.Zero(t, n)
	require.Error(t, writeErr)
}

// Whatever comes to a server, in the clear and then, with keys agreed, protected: records of a type and content that the fuzzer chooses.
func FuzzServer(f *testing.F) {
	client, server := setUp(f)
	server.Sessions, server.EarlyData = &Sessions{}, 100
	first := connect(f, client, server).client.Next()
	f.Add(first, []byte{})
	f.Add([]byte{}, []byte{22, 4, 20, 0, 0, 0, 21, 2, 1, 0})
	f.Add([]byte{}, []byte{23, 1, 'x', 22, 5, 24, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, clear, records []byte) {
		server.Random = seeded(1)
		c := Server(server)
		holds(t, c, c.Receive(noon(), clear))

		client.Random = seeded(2)
		e := connect(t, client, server)
		require.NoError(t, e.server.Receive(noon(), e.client.Next()))
		e.server.Next()
		holds(t, e.server, giveAll(e.server, records))
		e = connect(t, client, server).done(t)
		holds(t, e.server, giveAll(e.server, records))
	})
}

// The same for a client.
func FuzzClient(f *testing.F) {
	client, server := setUp(f)
	client.Sessions = &Sessions{}
	e := connect(f, client, server)
	require.NoError(f, e.server.Receive(noon(), e.client.Next()))
	f.Add(e.server.Next(), []byte{})
	f.Add([]byte{}, []byte{22, 6, 8, 0, 0, 2, 0, 0, 22, 4, 11, 0, 0, 0})
	f.Add([]byte{}, []byte{22, 5, 24, 0, 0, 1, 1, 23, 1, 'x', 21, 2, 1, 0})
	f.Fuzz(func(t *testing.T, clear, records []byte) {
		client.Random, server.Random = seeded(1), seeded(2)
		e := connect(t, client, server)
		holds(t, e.client, e.client.Receive(noon(), clear))

		e = connect(t, client, server)
		require.NoError(t, e.server.Receive(noon(), e.client.Next()))
		flight := e.server.Next()
		require.NoError(t, e.client.Receive(noon(), flight[:recordHeaderLen+int(flight[3])<<8+int(flight[4])]))
		holds(t, e.client, giveAll(e.client, records))
		e = connect(t, client, server).done(t)
		holds(t, e.client, giveAll(e.client, records))
	})
}

// giveAll gives protected records: each a type, a length and as much content.
func giveAll(c *Conn, records []byte) error {
	for len(records) >= 2 && c.in != nil {
		n := min(int(records[1]), len(records)-2)
		if err := give(c, ContentType(records[0]), records[2:2+n]); err != nil {
			return err
		}
		records = records[2+n:]
	}
	return nil
}
