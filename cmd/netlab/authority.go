package main

import (
	"crypto/rand"
	"crypto/x509"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"netlab/labca"
	"netlab/service"
	"netlab/tls"
	"netlab/tls/tlsnet"
)

// leafRenewal is how long before its end the certificate of a running host is replaced.
const leafRenewal = 24 * time.Hour

// certified is the host's side of HTTPS: the lab authority of this user, and a certificate that it gave.
type certified struct {
	path      string // of the authority's certificate
	authority *labca.Authority
	sessions  tls.SessionStore
	keyLog    func(label string, clientRandom, secret []byte)

	mu    sync.Mutex
	pair  tls.KeyPair
	early uint32 // octets of 0-RTT data that are taken
}

// labLimits say what the lab authority may vouch for: the host behind the TUN, and this machine.
func labLimits() labca.Limits {
	l := labca.Limits{Domains: []string{service.TestDomain, "localhost"}}
	for _, p := range append(tunAddrs(), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")) {
		l.Networks = append(l.Networks, p.Masked())
	}
	return l
}

// certify gives the host behind the TUN a certificate of the lab authority, which is made if there is none yet.
func (a *app) certify() (*certified, error) {
	dir, err := labca.Dir()
	if err != nil {
		return nil, err
	}
	authority, err := labca.Load(dir, time.Now(), labLimits())
	if err != nil {
		return nil, err
	}
	c := &certified{path: filepath.Join(dir, labca.CertificateFile), authority: authority, sessions: tlsnet.Share(&tls.Sessions{}), keyLog: a.keys.log()}
	if _, err = c.config(); err != nil {
		return nil, err
	}
	return c, nil
}

// config is the configuration of the next connection. The certificate is renewed in time.
func (c *certified) config() (tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.pair.Leaf == nil || now.Add(leafRenewal).After(c.pair.Leaf.NotAfter) {
		names := []string{service.TestDomain, "*." + service.TestDomain, "localhost"}
		for _, addr := range addrsOf(tunAddrs()) {
			names = append(names, addr.String())
		}
		leaf, err := c.authority.Issue(rand.Reader, now, labca.Request{Names: names})
		if err != nil {
			return tls.Config{}, err
		}
		if c.pair, err = tls.NewKeyPair(leaf.Key, leaf.Chain...); err != nil {
			return tls.Config{}, err
		}
	}
	return tls.Config{Certificates: []tls.KeyPair{c.pair}, Sessions: c.sessions, KeyLog: c.keyLog, EarlyData: c.early}, nil
}

// roots are whom fetch trusts: the authority in a file, or else those of the machine, and the lab's own if there is one.
func roots(file string) (*x509.CertPool, error) {
	if file != "" {
		octets, err := os.ReadFile(file)
		if err != nil {
			return nil, usageError("--cacert %s: %v", file, reason(err))
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(octets) {
			return nil, usageError("--cacert %s: there is no certificate in it: it wants PEM, as in -----BEGIN CERTIFICATE-----", file)
		}
		return pool, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if dir, err := labca.Dir(); err == nil {
		if octets, err := os.ReadFile(filepath.Join(dir, labca.CertificateFile)); err == nil {
			pool.AppendCertsFromPEM(octets)
		}
	}
	return pool, nil
}
