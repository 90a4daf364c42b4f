package check_test

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/check"
	"netlab/check/differences"
)

func core(cfg check.Config) check.Target { return check.NewCore(cfg, false) }

// serve lets scripts be run against netlab's TCP through a socket, and returns its address.
func serve(t *testing.T, subject func() check.Subject) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = check.ServeSubject(conn, subject())
			}()
		}
	}()
	return listener.Addr().String()
}

// Packets and calls go through a socket to whatever is tested, so it may be another program, on another machine.
func TestRemoteHoldsWhatNetlabHolds(t *testing.T) {
	address := serve(t, func() check.Subject { return check.Timed(core) })
	for _, name := range []string{"handshake/passive", "data/out-of-order", "close/passive", "nagle/second-waits", "reset/abort"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := check.Load(filepath.Join("..", "testdata", "tcp", name+".pkt"))
			require.NoError(t, err)
			played, why, err := differences.Try(script, func() check.Subject { return check.Remote(address) })
			require.NoError(t, err)
			require.Empty(t, why)
			require.Empty(t, played.Story())
		})
	}
}

func TestRemoteTellsWhatDoesNotHold(t *testing.T) {
	address := serve(t, func() check.Subject { return check.Timed(core) })
	script, err := check.Parse("wrong.pkt", "# RFC 9293, Section 3.5\n+0 listen\n+0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1\n")
	require.NoError(t, err)
	live, err := check.Real(script, check.Remote(address))
	require.NoError(t, err)
	defer live.Close()
	played := check.Play(script, live)
	require.NotNil(t, played.Failure)
	require.Equal(t, "the packet is another one", played.Failure.What)
}

// choosy has no switches at all.
type choosy struct{ check.Subject }

func (choosy) Start(check.Config, func([]byte)) error { return check.ErrNoCounterpart }

func TestRemoteErrors(t *testing.T) {
	script, err := check.Parse("x.pkt", "+0 connect\n+0 > S 0:0(0) <...>\n")
	require.NoError(t, err)

	_, err = check.Real(script, check.Remote(serve(t, func() check.Subject { return choosy{check.Timed(core)} })))
	require.ErrorIs(t, err, check.ErrNoCounterpart)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listener.Close()
	_, err = check.Real(script, check.Remote(listener.Addr().String()))
	require.ErrorIs(t, err, check.ErrUnreachable)

	echo, err := net.Listen("tcp", "127.0.0.1:0") // somebody who says something else
	require.NoError(t, err)
	defer echo.Close()
	go func() {
		conn, err := echo.Accept()
		if err == nil {
			_, _ = conn.Write([]byte("220 welcome\r\n"))
			conn.Close()
		}
	}()
	_, err = check.Real(script, check.Remote(echo.Addr().String()))
	require.ErrorIs(t, err, check.ErrUnreachable)
}

// What comes from another program is not trusted.
func TestServeSubjectRefusesWhatIsNotTheProtocol(t *testing.T) {
	for _, line := range []string{"GET / HTTP/1.1\r\n\r\n", `{"packet":"RQAA"}` + "\n", `{"call":{"Op":"write"}}` + "\n", "[]\n"} {
		ours, theirs := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- check.ServeSubject(theirs, check.Timed(core)) }()
		_, err := ours.Write([]byte(line))
		require.NoError(t, err)
		require.Error(t, <-done, line)
		ours.Close()
	}
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- check.ServeSubject(theirs, check.Timed(core)) }()
	ours.Close()
	err := <-done
	require.True(t, err == nil || errors.Is(err, net.ErrClosed), err)
}
