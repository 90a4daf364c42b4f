package service

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/stack"
)

// iperfClient is the control connection of a test.
type iperfClient struct {
	t    *testing.T
	host *stack.Host
	net.Conn
	cookie []byte
}

func newIperfClient(t *testing.T, h *stack.Host, cookie string) *iperfClient {
	c := &iperfClient{t, h, dial(t, h, "tcp", "h2:5201"), append([]byte(cookie), make([]byte, iperfCookie)...)[:iperfCookie]}
	_, err := c.Write(c.cookie)
	require.NoError(t, err)
	c.expect(iperfParamExchange)
	return c
}

func (c *iperfClient) expect(want iperfState) {
	require.NoError(c.t, c.SetReadDeadline(c.host.Now().Add(time.Minute)))
	require.NoError(c.t, expectStateWithin(c.Conn, want))
}

func expectStateWithin(conn net.Conn, want iperfState) error {
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return err
	}
	if iperfState(b[0]) != want {
		return &net.AddrError{Err: "another state", Addr: string(rune('0' + b[0]))}
	}
	return nil
}

func (c *iperfClient) send(v string) {
	_, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(v))), v...))
	require.NoError(c.t, err)
}

// begin agrees on a test and opens its data connections.
func (c *iperfClient) begin(request string, streams int) (data []net.Conn) {
	c.send(request)
	c.expect(iperfCreateStreams)
	for range streams {
		conn := dial(c.t, c.host, "tcp", "h2:5201")
		_, err := conn.Write(c.cookie)
		require.NoError(c.t, err)
		data = append(data, conn)
		require.NoError(c.t, c.host.Sleep(5*time.Millisecond))
	}
	c.expect(iperfTestStart)
	c.expect(iperfTestRunning)
	return data
}

// end ends the test and returns the server's results.
func (c *iperfClient) end() (r iperfResults) {
	require.NoError(c.t, sendState(c.Conn, iperfTestEnd))
	c.expect(iperfExchangeResults)
	c.send(`{"cpu_util_total":1,"streams":[]}`)
	require.NoError(c.t, readJSON(c.Conn, &r))
	c.expect(iperfDisplayResults)
	require.NoError(c.t, c.Close())
	return r
}

func TestIperf(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		c := newIperfClient(t, client, "to the server")
		for _, conn := range c.begin(`{"tcp":true,"parallel":2,"len":1000}`, 2) {
			_, err := conn.Write(make([]byte, 123_456))
			require.NoError(t, err)
		}
		require.NoError(t, client.Sleep(time.Second))
		r := c.end()
		require.Len(t, r.Streams, 2)
		require.Equal(t, [2]int{1, 3}, [2]int{r.Streams[0].ID, r.Streams[1].ID})
		require.EqualValues(t, 123_456, r.Streams[1].Bytes)
		require.EqualValues(t, -1, r.Streams[0].Retransmits)
		require.InDelta(t, 1, r.Streams[0].End, 0.3, "Nagle and delayed acknowledgments")

		c = newIperfClient(t, client, "from the server")
		data := c.begin(`{"tcp":true,"parallel":1,"len":1000,"reverse":true}`, 1)
		_, err := io.ReadFull(data[0], make([]byte, 300_000))
		require.NoError(t, err)
		rest := make(chan int64, 1)
		go func() { // whole blocks, to the end
			n, _ := io.Copy(io.Discard, data[0])
			rest <- n
		}()
		r = c.end()
		require.Zero(t, r.Streams[0].Bytes%1000)
		require.Equal(t, r.Streams[0].Bytes, 300_000+<-rest)
		require.Zero(t, r.Streams[0].Retransmits)
	})
}

// The first streams of a test in both directions are the client's.
func TestIperfBothWays(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		c := newIperfClient(t, client, "both")
		data := c.begin(`{"tcp":true,"parallel":1,"len":1000,"bidirectional":true}`, 2)
		_, err := data[0].Write(make([]byte, 5000))
		require.NoError(t, err)
		require.NoError(t, client.Sleep(time.Second)) // nobody reads what the server sends: its window fills
		_, err = io.ReadFull(data[1], make([]byte, 5000))
		require.NoError(t, err)
		go io.Copy(io.Discard, data[1])
		require.EqualValues(t, 5000, c.end().Streams[0].Bytes)
	})
}

func TestIperfRefuses(t *testing.T) {
	for _, request := range []string{
		`{"udp":true,"parallel":1,"len":1000}`, `{"parallel":0,"len":1000}`, `{"parallel":129,"len":1000}`,
		`{"parallel":1,"len":0}`, `{"parallel":1,"len":1048577}`,
	} {
		hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
			c := newIperfClient(t, client, "cookie")
			c.send(request)
			var answer struct {
				State  int8
				Errors [2]int32
			}
			require.NoError(t, binary.Read(c, binary.BigEndian, &answer), request)
			require.Equal(t, int8(iperfServerError), answer.State)
			require.Equal(t, [2]int32{iperfNotThere, 0}, answer.Errors)
		})
	}
}

// Nonsense ends the connection, and a client that goes away leaves nothing behind.
func TestIperfNonsense(t *testing.T) {
	for _, nonsense := range []string{"{", `{"parallel":"x"}`} {
		hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
			c := newIperfClient(t, client, "cookie")
			c.send(nonsense)
			_, err := io.ReadAll(c)
			require.NoError(t, err)
		})
	}
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		c := newIperfClient(t, client, "cookie")
		_, err := c.Write([]byte{0xff, 0xff, 0xff, 0xff})
		require.NoError(t, err)
		_, err = io.ReadAll(c)
		require.NoError(t, err)

		c = newIperfClient(t, client, "gone")
		data := c.begin(`{"parallel":1,"len":1000,"reverse":true}`, 1)
		require.NoError(t, c.Close())
		_, err = io.Copy(io.Discard, data[0])
		require.NoError(t, err)
	})
}

func TestIperfResultsAreJSON(t *testing.T) {
	text, err := json.Marshal(iperfResults{Streams: []iperfStreamResult{{ID: 1}}})
	require.NoError(t, err)
	require.Contains(t, string(text), `"streams":[{"id":1,"bytes":0,`)
}
