package tls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"netlab/wire"
)

// parseChain reads the certificates of a Certificate message.
func parseChain(entries []CertificateEntry) ([]*x509.Certificate, error) {
	chain := make([]*x509.Certificate, 0, len(entries))
	for i, e := range entries {
		certificate, err := x509.ParseCertificate(e.Data)
		if err != nil {
			return nil, refuseCertificate(AlertBadCertificate, fmt.Sprintf("certificate %d of the peer cannot be read: %v", i+1, err))
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

// refuseCertificate is the error for a certificate that is not accepted.
func refuseCertificate(a Alert, say string) *Error {
	return &Error{a, say, wire.RFC("8446", "4.4.2.4")}
}

// trust checks that somebody whom we trust vouches for a chain, now, for this use; and if name is not empty, that it is for that name. What is wrong is said
// in words: the first mistake that is found, by the order date, authority, name.
func (c *Conn) trust(chain []*x509.Certificate, name string, use x509.ExtKeyUsage) error {
	if err := onTime(chain, c.now); err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: c.cfg.Roots, Intermediates: between, CurrentTime: c.now, KeyUsages: []x509.ExtKeyUsage{use},
	})
	if err != nil {
		return explain(chain[0], err, c.now)
	}
	if name == "" {
		return nil
	}
	if err := chain[0].VerifyHostname(name); err != nil {
		return refuseCertificate(AlertBadCertificate, fmt.Sprintf("the certificate is for %s, not for %s", hostsOf(chain[0]), name))
	}
	return nil
}

// onTime checks the dates of the certificates that the peer sent.
func onTime(chain []*x509.Certificate, now time.Time) error {
	for _, certificate := range chain {
		switch {
		case now.After(certificate.NotAfter):
			return refuseCertificate(AlertCertificateExpired, fmt.Sprintf("the certificate of %s expired on %s; it is %s now", subject(certificate), date(certificate.NotAfter), date(now)))
		case now.Before(certificate.NotBefore):
			return refuseCertificate(AlertCertificateExpired, fmt.Sprintf("the certificate of %s is not valid before %s; it is %s now", subject(certificate), date(certificate.NotBefore), date(now)))
		}
	}
	return nil
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// explain puts into words why crypto/x509 does not accept a chain.
func explain(leaf *x509.Certificate, err error, now time.Time) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if err := onTime([]*x509.Certificate{invalid.Cert}, now); err != nil {
			return err
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return refuseCertificate(AlertUnsupportedCertificate, fmt.Sprintf("the certificate of %s is not meant for this end of a TLS connection", subject(leaf)))
	case errors.As(err, &unknown):
		if leaf.CheckSignatureFrom(leaf) == nil || leaf.Issuer.String() == leaf.Subject.String() {
			return refuseCertificate(AlertUnknownCA, fmt.Sprintf("the certificate of %s is self-signed: nobody but its holder vouches for it", subject(leaf)))
		}
		return refuseCertificate(AlertUnknownCA, fmt.Sprintf("the certificate of %s is signed by %s, an authority that is not trusted here", subject(leaf), issuer(leaf)))
	}
	return refuseCertificate(AlertBadCertificate, fmt.Sprintf("the certificate of %s is not good: %v", subject(leaf), err))
}

func issuer(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

// hostsOf lists the hosts that a certificate is for, not all of a long list.
func hostsOf(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no host at all"
	case len(names) > 5:
		names = append(names[:5], fmt.Sprintf("%d others", len(names)-5))
	}
	return strings.Join(names, ", ")
}
