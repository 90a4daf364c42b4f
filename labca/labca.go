// Package labca is the certificate authority of the lab: what vouches for the HTTPS servers of `netlab up` and of simulated hosts. Certificates are made with
// crypto/x509; what they are for is TLS of netlab's own.
//
// An authority that lies in a file on somebody's machine must not be able to vouch for the rest of the world, even if a browser was told to trust it. So its
// certificate names what it may vouch for (RFC 5280, Section 4.2.1.10).
package labca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"time"
)

// How long certificates are valid, and how long before its end an authority is replaced.
const (
	authorityYears = 2
	renewDays      = 30
	leafDays       = 90
)

// Authority is a certificate authority.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Limits say what an authority may vouch for, and its name. The zero value is no limit, and the name of the lab's authority.
type Limits struct {
	Name     string
	Domains  []string       // with all names below them
	Networks []netip.Prefix // addresses
}

// Request says what a certificate is to be. The zero value of a time means its default: from an hour before now, for 90 days.
type Request struct {
	Names       []string // host names, "*.netlab.test", and addresses
	From, Until time.Time
}

// Leaf is the certificate of a server, with its key.
type Leaf struct {
	Chain [][]byte // DER, the server's own first
	Key   *ecdsa.PrivateKey
	Until time.Time // it is valid
}

// PEM returns the chain and the key, as servers want them in a file.
func (l *Leaf) PEM() []byte {
	var out []byte
	for _, der := range l.Chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	if key, err := x509.MarshalPKCS8PrivateKey(l.Key); err == nil {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	}
	return out
}

// New makes an authority whose key comes from random: the same octets give the same authority.
func New(random io.Reader, now time.Time, l Limits) (*Authority, error) {
	key, serial, err := draw(random)
	if err != nil {
		return nil, err
	}
	name := l.Name
	if name == "" {
		name = "netlab lab authority"
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name, Organization: []string{"netlab"}},
		NotBefore:             now.Add(-time.Hour).UTC(),
		NotAfter:              now.AddDate(authorityYears, 0, 0).UTC(),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		PermittedDNSDomains: l.Domains,
	}
	for _, p := range l.Networks {
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	template.PermittedDNSDomainsCritical = len(l.Domains) > 0 || len(l.Networks) > 0
	certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return &Authority{certificate, key}, nil
}

// PEM returns the authority's certificate as clients want it: curl --cacert.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Pool returns the authority as the one that is trusted.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Issue makes the certificate of a server. Its chain ends below the authority, whose own certificate clients have.
func (a *Authority) Issue(random io.Reader, now time.Time, r Request) (*Leaf, error) {
	key, template, err := r.template(random, now)
	if err != nil {
		return nil, err
	}
	certificate, err := sign(template, a.Certificate, key, a.key)
	if err != nil {
		return nil, err
	}
	return &Leaf{Chain: [][]byte{certificate.Raw}, Key: key, Until: certificate.NotAfter}, nil
}

// SelfSigned makes a certificate that only its own server vouches for.
func SelfSigned(random io.Reader, now time.Time, r Request) (*Leaf, error) {
	key, template, err := r.template(random, now)
	if err != nil {
		return nil, err
	}
	certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return &Leaf{Chain: [][]byte{certificate.Raw}, Key: key, Until: certificate.NotAfter}, nil
}

func (r Request) template(random io.Reader, now time.Time) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, serial, err := draw(random)
	if err != nil {
		return nil, nil, err
	}
	if r.From.IsZero() {
		r.From = now.Add(-time.Hour)
	}
	if r.Until.IsZero() {
		r.Until = now.AddDate(0, 0, leafDays)
	}
	t := &x509.Certificate{
		SerialNumber: serial, NotBefore: r.From.UTC(), NotAfter: r.Until.UTC(),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range r.Names {
		if a, err := netip.ParseAddr(name); err == nil {
			t.IPAddresses = append(t.IPAddresses, a.AsSlice())
			continue
		}
		t.DNSNames = append(t.DNSNames, name)
	}
	if len(r.Names) > 0 {
		t.Subject = pkix.Name{CommonName: r.Names[0], Organization: []string{"netlab"}}
	}
	return key, t, nil
}

// draw makes a key and a serial number of octets drawn from random. (Go's own makers of keys take no octets from their caller.)
func draw(random io.Reader) (*ecdsa.PrivateKey, *big.Int, error) {
	// 48 octets reduced modulo the order of the curve minus one, and one added: no number is more likely than another by more than 2^-128 (FIPS 186-5, Appendix A.2.1).
	octets := make([]byte, 48+16)
	if _, err := io.ReadFull(random, octets); err != nil {
		return nil, nil, fmt.Errorf("labca: %w", err)
	}
	order := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	d := new(big.Int).SetBytes(octets[:48])
	d.Mod(d, order).Add(d, big.NewInt(1))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
	if err != nil {
		return nil, nil, fmt.Errorf("labca: %w", err)
	}
	// The serial number MUST be a positive integer. RFC 5280, Section 4.1.2.2, shortened
	octets[48] = octets[48]&0x7f | 0x40
	return key, new(big.Int).SetBytes(octets[48:]), nil
}

// sign makes a certificate. Without a source of chance, ECDSA draws its nonce from the key and the message (RFC 6979, Section 3.2).
func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(nil, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("labca: %w", err)
	}
	return x509.ParseCertificate(der)
}
