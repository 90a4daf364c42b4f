package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdtls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"time"

	"netlab/tls"
	"netlab/tls/tlsnet"
)

// tlsRows measure TLS 1.3 beside Go's crypto/tls: X25519, a certificate with a P-256 key signed by an authority with another, AES-128-GCM;
// both ends in this process, joined by a pipe with a buffer that is the same for both.
func tlsRows() []row {
	return []row{
		{name: "TLS handshakes", beside: "crypto/tls", unit: "1/s", netlab: tlsHandshakes(openTLS), peer: tlsHandshakes(openPeerTLS)},
		{name: "TLS resumptions", beside: "crypto/tls", unit: "1/s", netlab: tlsHandshakes(openTLSResumed), peer: tlsHandshakes(openPeerTLSResumed)},
		{name: "TLS bulk, AES-128-GCM", beside: "crypto/tls", unit: "MB/s", netlab: tlsBulk(openTLS), peer: tlsBulk(openPeerTLS)},
	}
}

// tlsEnds makes the two ends of a connection over a pair of pipes.
type tlsEnds func(client, server net.Conn) (a, b tlsEnd, err error)

// tlsEnd is an end of either implementation.
type tlsEnd interface {
	net.Conn
	shake() error
}

type ourEnd struct{ *tlsnet.Conn }

func (e ourEnd) shake() error { return e.Handshake(context.Background()) }

type peerEnd struct{ *stdtls.Conn }

func (e peerEnd) shake() error { return e.Handshake() }

// tlsIdentity is a certificate, its key, and who vouches for it.
type tlsIdentity struct {
	der   []byte
	key   *ecdsa.PrivateKey
	roots *x509.CertPool
}

func newTLSIdentity() (tlsIdentity, error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tlsIdentity{}, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return tlsIdentity{}, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tlsIdentity{}, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tlsIdentity{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server.test"}, DNSNames: []string{"server.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err = x509.CreateCertificate(rand.Reader, leaf, parsed, key.Public(), authorityKey)
	return tlsIdentity{der, key, roots}, err
}

func openTLS(id tlsIdentity) (tlsEnds, error)            { return ourEnds(id, false) }
func openTLSResumed(id tlsIdentity) (tlsEnds, error)     { return ourEnds(id, true) }
func openPeerTLS(id tlsIdentity) (tlsEnds, error)        { return peerEnds(id, false) }
func openPeerTLSResumed(id tlsIdentity) (tlsEnds, error) { return peerEnds(id, true) }

func ourEnds(id tlsIdentity, resume bool) (tlsEnds, error) {
	pair, err := tls.NewKeyPair(id.key, id.der)
	if err != nil {
		return nil, err
	}
	groups := []tls.Group{tls.GroupX25519}
	client, server := tls.Config{Roots: id.roots, Groups: groups}, tls.Config{Certificates: []tls.KeyPair{pair}, Groups: groups, Tickets: 1}
	if resume {
		client.Sessions, server.Sessions = tlsnet.Share(&tls.Sessions{}), tlsnet.Share(&tls.Sessions{})
	}
	return func(a, b net.Conn) (tlsEnd, tlsEnd, error) {
		c, err := tlsnet.Client(a, client, "server.test")
		return ourEnd{c}, ourEnd{tlsnet.Server(b, server)}, err
	}, nil
}

func peerEnds(id tlsIdentity, resume bool) (tlsEnds, error) {
	curves := []stdtls.CurveID{stdtls.X25519}
	client := &stdtls.Config{RootCAs: id.roots, ServerName: "server.test", CurvePreferences: curves}
	server := &stdtls.Config{
		Certificates: []stdtls.Certificate{{Certificate: [][]byte{id.der}, PrivateKey: id.key}}, CurvePreferences: curves, SessionTicketsDisabled: !resume,
	}
	if resume {
		client.ClientSessionCache = stdtls.NewLRUClientSessionCache(64)
	}
	return func(a, b net.Conn) (tlsEnd, tlsEnd, error) {
		return peerEnd{stdtls.Client(a, client)}, peerEnd{stdtls.Server(b, server)}, nil
	}, nil
}

// tlsHandshakes is how many handshakes a second are done, one after the other, each with an octet of the server at its end.
func tlsHandshakes(open func(tlsIdentity) (tlsEnds, error)) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		id, err := newTLSIdentity()
		if err != nil {
			return 0, err
		}
		ends, err := open(id)
		if err != nil {
			return 0, err
		}
		var failed error
		rate := perSecond(scale, 1, func() {
			if err := shakeHands(ends); err != nil {
				failed = err
			}
		})
		return rate, failed
	}
}

func shakeHands(ends tlsEnds) error {
	a, b := pipes()
	client, server, err := ends(a, b)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() {
		err := server.shake()
		if err == nil {
			_, err = server.Write([]byte{1})
		}
		served <- err
	}()
	var octet [1]byte
	_, err = io.ReadFull(client, octet[:])
	return errors.Join(err, <-served)
}

// tlsBulk is how fast a connection carries octets one way.
func tlsBulk(open func(tlsIdentity) (tlsEnds, error)) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		id, err := newTLSIdentity()
		if err != nil {
			return 0, err
		}
		ends, err := open(id)
		if err != nil {
			return 0, err
		}
		a, b := pipes()
		client, server, err := ends(a, b)
		if err != nil {
			return 0, err
		}
		served := make(chan error, 1)
		go func() { served <- server.shake() }()
		if err := errors.Join(client.shake(), <-served); err != nil {
			return 0, err
		}
		total := int64(scale) * 256 << 20
		go func() {
			_, err := receiveExactly(server, total)
			served <- err
		}()
		start := time.Now()
		if err := sendAll(client, total); err != nil {
			return 0, err
		}
		err = <-served
		return float64(total) / 1e6 / time.Since(start).Seconds(), err
	}
}

func receiveExactly(c net.Conn, total int64) (int64, error) {
	b := make([]byte, 256<<10)
	var n int64
	for n < total {
		m, err := c.Read(b)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pipe is one direction: octets that one side wrote and the other has not read yet.
type pipe struct {
	mu      sync.Mutex
	changed sync.Cond
	octets  bytes.Buffer
}

// pipeEnd is a net.Conn of two pipes.
type pipeEnd struct {
	net.Conn // nil: the rest of its methods is not used
	in, out  *pipe
}

func pipes() (a, b net.Conn) {
	up, down := &pipe{}, &pipe{}
	up.changed.L, down.changed.L = &up.mu, &down.mu
	return &pipeEnd{in: down, out: up}, &pipeEnd{in: up, out: down}
}

const pipeRoom = 512 << 10

func (p *pipeEnd) Write(b []byte) (int, error) {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	for p.out.octets.Len() > pipeRoom {
		p.out.changed.Wait()
	}
	p.out.changed.Broadcast()
	return p.out.octets.Write(b)
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for p.in.octets.Len() == 0 {
		p.in.changed.Wait()
	}
	p.in.changed.Broadcast()
	return p.in.octets.Read(b)
}

func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }
