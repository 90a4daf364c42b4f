package adapter

import (
	"context"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/stack"
)

// The standard library's client, over netlab's TCP, to the standard library's handlers on netlab's server.
func TestOverTheStack(t *testing.T) {
	a, b := link.Memory(1500)
	client, host := stack.New(stack.Config{}), stack.New(stack.Config{})
	defer client.Close()
	defer host.Close()
	client.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, a)
	host.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, b)
	l, err := host.Listen("tcp", ":80")
	require.NoError(t, err)
	server := &Server{Handler: handlers(t)}
	var all sync.WaitGroup
	all.Go(func() { _ = server.Serve(l) })

	transport := &nethttp.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return client.Dial(ctx, "tcp", address)
	}}
	web := nethttp.Client{Transport: transport}
	response, err := web.Get("http://10.0.0.2/files/large.bin")
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("\x00\x01\x02", 100_000), string(content))
	response, err = web.Post("http://10.0.0.2/echo", "text/plain", io.MultiReader(strings.NewReader(strings.Repeat("x", 300_000))))
	require.NoError(t, err)
	content, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Contains(t, string(content), "POST /echo \"10.0.0.2\" -1 [chunked]")
	require.Greater(t, len(content), 300_000)
	transport.CloseIdleConnections()
	require.NoError(t, server.Shutdown(context.Background()))
	all.Wait()
}
