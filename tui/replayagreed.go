package tui

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"

	"netlab/tls"
	"netlab/wire"
)

// agreement is what the handshake of a connection settled, as far as it can be read.
type agreement struct {
	version      tls.Version
	suite        tls.CipherSuite
	name         string // of the server, as the client asked for it
	group, alpn  string
	resumed      bool     // a pre-shared key was accepted: no certificate is shown
	extensions   []string // that the server answered with
	certificates []*x509.Certificate
	sealed       bool // the certificate is protected, and there is no key
}

// agreementIn reads what was agreed out of the messages.
func agreementIn(messages []tlsMessage, d *tls.Decrypter) agreement {
	a := agreement{version: d.Version(), suite: d.CipherSuite(), sealed: d.Version() >= tls.VersionTLS13}
	for i := range messages {
		m := &messages[i]
		if m.kind != tls.ContentHandshake || m.problem != "" || len(m.content) < 4 {
			continue
		}
		nodes := tls.DissectContent(m.version, m.kind, m.content, 0)
		text := func(key string) string {
			if n := node(nodes, key); n != nil {
				return n.Value
			}
			return ""
		}
		switch t := tls.HandshakeType(m.content[0]); t {
		case tls.TypeClientHello:
			a.name = text("tls.handshake.extensions_server_name")
		case tls.TypeServerHello, tls.TypeEncryptedExtensions:
			if m.name == "HelloRetryRequest" {
				continue
			}
			for _, v := range []struct {
				key string
				to  *string
			}{{"tls.handshake.extensions_key_share_group", &a.group}, {"tls.handshake.extensions_alpn_str", &a.alpn}} {
				if got := text(v.key); got != "" {
					*v.to = got
				}
			}
			a.extensions = append(a.extensions, extensionsOf(nodes)...)
			a.resumed = a.resumed || node(nodes, "tls.handshake.extensions.psk.identity.selected") != nil
		case tls.TypeServerKeyExchange:
			a.group = text("tls.handshake.server_named_curve")
		case tls.TypeCertificate:
			if len(a.certificates) == 0 {
				a.certificates, a.sealed = certificatesIn(nodes, m.content), false
			}
		}
	}
	return a
}

// extensionsOf names the extensions of a message.
func extensionsOf(nodes []wire.Node) (names []string) {
	for i := range nodes {
		n := &nodes[i]
		if n.Key == "tls.handshake.extension" {
			names = append(names, strings.TrimPrefix(n.Name, "Extension: "))
			continue
		}
		names = append(names, extensionsOf(n.Children)...)
	}
	return names
}

// certificatesIn reads the certificates of a message, the server's own first.
func certificatesIn(nodes []wire.Node, content []byte) (chain []*x509.Certificate) {
	for i := range nodes {
		n := &nodes[i]
		from, to := n.Octets()
		if n.Key == "tls.handshake.certificate" && to <= len(content) {
			if c, err := x509.ParseCertificate(content[from:to]); err == nil {
				chain = append(chain, c)
			}
		}
		chain = append(chain, certificatesIn(n.Children, content)...)
	}
	return chain
}

// lines tell it. records are how many were in the clear, decrypted, and not to be read.
func (a *agreement) lines(width int, records [3]int) []line {
	var lines []line
	add := func(name string, st style, value string) {
		const wide = 12
		for i, l := range wrap(value, max(8, width-wide)) {
			if i > 0 {
				name = ""
			}
			lines = append(lines, line{st, fmt.Sprintf("%-*s%s", wide, name, l)})
		}
	}
	if a.version != 0 {
		add("version", plain, a.version.String())
		add("suite", plain, a.suite.String())
	} else {
		add("version", plain, "no ServerHello was captured")
	}
	add("server", plain, a.name)
	add("group", plain, a.group)
	add("protocol", plain, a.alpn)
	add("extensions", plain, strings.Join(a.extensions, ", "))
	switch open, sealed := records[1], records[2]; {
	case open+sealed == 0:
		add("secrecy", plain, "nothing was protected")
	case sealed == 0:
		add("secrecy", good, "✓ all "+count(open, "protected record")+" decrypted: the key log has the secrets")
	case open == 0:
		add("secrecy", encrypted, "{} "+count(sealed, "protected record")+" and no keys: --keylog FILE gives them")
	default:
		add("secrecy", encrypted, fmt.Sprintf("{} %d decrypted, %d not", open, sealed))
	}
	switch {
	case a.resumed:
		add("identity", plain, "a pre-shared key of an earlier connection: no certificate")
	case a.sealed && len(a.certificates) == 0:
		add("certificate", encrypted, "{} in a protected record")
	}
	for i, c := range a.certificates {
		name := "certificate"
		if i > 0 {
			name = fmt.Sprintf("  by %d", i)
		}
		add(name, bold, c.Subject.String()+"  "+keyWords(c))
		if string(c.RawIssuer) == string(c.RawSubject) {
			add("", plain, "signed by itself")
		} else {
			add("", plain, "signed by "+c.Issuer.String())
		}
		const day = "2006-01-02"
		add("", plain, "valid "+c.NotBefore.UTC().Format(day)+" to "+c.NotAfter.UTC().Format(day))
		if len(c.DNSNames) > 0 {
			add("", plain, "for "+strings.Join(c.DNSNames, ", "))
		}
	}
	return lines
}

// keyWords say what key a certificate is about.
func keyWords(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}
