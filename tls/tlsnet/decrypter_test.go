package tlsnet

import (
	"net"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/tls"
)

// between is what a Decrypter sees of connections that go through it.
type between struct {
	mu      sync.Mutex
	pieces  []piece
	address string
	done    chan struct{} // a connection ended
}

type piece struct {
	dir  int
	data []byte
}

// listen passes connections on to address, and notes what both sides say.
func listen(t *testing.T, address string) *between {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	b := &between{address: l.Addr().String(), done: make(chan struct{}, 1)}
	go func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer server.Close()
		var both sync.WaitGroup
		both.Go(func() { b.pass(0, server, client) })
		both.Go(func() { b.pass(1, client, server) })
		both.Wait()
		b.done <- struct{}{}
	}()
	return b
}

func (b *between) pass(dir int, to, from net.Conn) {
	buf := make([]byte, 1000)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			b.mu.Lock()
			b.pieces = append(b.pieces, piece{dir, append([]byte(nil), buf[:n]...)})
			b.mu.Unlock()
			_, _ = to.Write(buf[:n])
		}
		if err != nil {
			_ = to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// Two programs of OpenSSL talk, and the key log of one opens what they said: in TLS 1.2 also with CBC, where OpenSSL asks for encrypt_then_mac.
func TestDecrypterReadsWhatOpenSSLSays(t *testing.T) {
	f := newFolder(t)
	for name, args := range map[string][]string{
		"1.3":                        {"-tls1_3"},
		"1.3, ChaCha20":              {"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"},
		"1.2":                        {"-tls1_2"},
		"1.2, ChaCha20":              {"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"},
		"1.2, encrypted, then a MAC": {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"},
		"1.2, a MAC, then encrypted": {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384", "-no_etm"},
		"1.2, SHA-1, then encrypted": {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0", "-no_etm"},
	} {
		t.Run(name, func(t *testing.T) {
			log := f.path("keys " + name)
			b := listen(t, f.sServer(args[0], "-rev", "-cipher", "ALL:@SECLEVEL=0"))
			said := f.client([]string{"hello", "CLOSE"}, "openssl", append([]string{"s_client", "-connect", b.address, "-ign_eof", "-keylogfile", log}, args...)...)
			require.Contains(t, said, "olleh")
			<-b.done
			text, err := os.ReadFile(log)
			require.NoError(t, err)
			keys := &tls.KeyLog{}
			require.NoError(t, keys.Add(text))
			d := tls.NewDecrypter(keys)
			var words [2]string
			for _, p := range b.pieces {
				for _, r := range d.Receive(p.dir, p.data) {
					require.Empty(t, r.Problem)
					if r.Type == tls.ContentApplicationData {
						words[p.dir] += string(r.Content)
					}
				}
			}
			require.Equal(t, [2]string{"hello\nCLOSE\n", "olleh\n"}, words)
		})
	}
}
