package stream_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	gotls "crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/stream"
	"netlab/tls"
)

// spoken is what one end wrote at once.
type spoken struct {
	dir    int
	octets string
}

// listener is an end of a connection that notes what is written.
type listener struct {
	net.Conn
	dir int
	mu  *sync.Mutex
	all *[]spoken
}

func (l *listener) Write(b []byte) (int, error) {
	l.mu.Lock()
	*l.all = append(*l.all, spoken{l.dir, string(b)})
	l.mu.Unlock()
	return l.Conn.Write(b)
}

// overTLS lets a request and a response pass between two ends of crypto/tls, and returns what they wrote, and the key log.
func overTLS(t *testing.T, version uint16, request, response string) ([]spoken, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"h"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	var all []spoken
	var keys bytes.Buffer
	mu := &sync.Mutex{}
	a, b := net.Pipe()
	config := &gotls.Config{
		InsecureSkipVerify: true, ServerName: "h", MinVersion: version, MaxVersion: version, KeyLogWriter: &keys,
		Certificates: []gotls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}
	client := gotls.Client(&listener{a, 0, mu, &all}, config)
	server := gotls.Server(&listener{b, 1, mu, &all}, config)
	done := make(chan error)
	go func() {
		_, err := io.ReadFull(server, make([]byte, len(request)))
		if err == nil {
			_, err = io.WriteString(server, response)
		}
		done <- err
	}()
	_, err = io.WriteString(client, request)
	require.NoError(t, err)
	_, err = io.ReadFull(client, make([]byte, len(response)))
	require.NoError(t, err)
	require.NoError(t, <-done)
	return all, keys.String()
}

func TestTLSIsDecryptedWithAKeyLog(t *testing.T) {
	request := "GET /secret HTTP/1.1\r\nHost: h\r\n\r\n"
	body := strings.Repeat("nobody else reads this. ", 3000)
	response := "HTTP/1.1 200 OK\r\nContent-Length: 72000\r\n\r\n" + body
	for name, version := range map[string]uint16{"TLS 1.2": gotls.VersionTLS12, "TLS 1.3": gotls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			all, keys := overTLS(t, version, request, response)
			// play gives the octets in pieces to a TLS with the given key log, and returns what comes out.
			play := func(keys string, lost int) (said [2]string, missing int64, secure bool) {
				log := &tls.KeyLog{}
				require.NoError(t, log.Add([]byte(keys)))
				s := &stream.Stream{Transport: "TCP"}
				x := stream.NewTLS(log, func(c stream.Chunk) {
					said[c.Dir] += string(c.Octets)
					missing += c.Missing
					secure = secure || c.Secure
				})
				for i, p := range all {
					for b := []byte(p.octets); len(b) > 0; {
						n := min(1000, len(b))
						c := stream.Chunk{Stream: s, Dir: p.dir, Octets: b[:n]}
						if i == lost {
							c.Octets, c.Missing = nil, int64(n)
						}
						x.Data(c)
						b = b[n:]
					}
				}
				require.Equal(t, secure, x.Decrypts(s))
				x.Ended(s)
				return said, missing, secure
			}
			said, missing, secure := play(keys, -1)
			require.True(t, secure)
			require.Zero(t, missing)
			require.Equal(t, [2]string{request, response}, said)

			var sent [2]string
			for _, p := range all {
				sent[p.dir] += p.octets
			}
			for _, none := range []string{"", strings.Repeat("CLIENT_RANDOM "+strings.Repeat("00", 32)+" "+strings.Repeat("00", 48)+"\n", 1)} {
				said, _, secure = play(none, -1)
				require.False(t, secure)
				require.Equal(t, sent, said, "without secrets everything comes as it is")
			}

			said, missing, _ = play(keys, len(all)-2) // a record is lost in the middle of the response
			require.Positive(t, missing)
			require.Equal(t, request, said[0])
			require.True(t, strings.HasSuffix(response, said[1][len(said[1])-1000:]), "what follows is read again")
		})
	}
}

func TestHTTPOverTLS(t *testing.T) {
	all, keys := overTLS(t, gotls.VersionTLS13, "GET /secret HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	log := &tls.KeyLog{}
	require.NoError(t, log.Add([]byte(keys)))
	var heads []*stream.Message
	h := stream.HTTP{Head: func(m *stream.Message) { heads = append(heads, m) }, Done: func(*stream.Message) {}}
	x := stream.NewTLS(log, h.Data)
	tp := newTape(t, stream.Config{})
	var at [2]int64
	a := stream.New(stream.Config{Data: x.Data, Ended: func(s *stream.Stream) { x.Ended(s); h.Ended(s) }})
	tp.a = a
	tp.shake()
	for _, p := range all {
		tp.add(seg{dir: p.dir, at: at[p.dir], data: p.octets, ack: at[1-p.dir]})
		at[p.dir] += int64(len(p.octets))
	}
	a.Close()
	require.Len(t, heads, 2)
	require.Equal(t, "GET /secret", heads[0].Words())
	require.Equal(t, "200 OK", heads[1].Words())
	require.True(t, heads[1].Secure)
}
