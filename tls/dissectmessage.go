package tls

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"netlab/wire"
)

// message shows the handshake message at the start of what is left. version tells how the messages look that TLS 1.3 has changed.
func (v *view) message(version Version) {
	l := &v.layouts.message
	if len(v.b) < messageHeaderLen {
		v.cut(wire.Field{Name: l.Name, Key: l.Key, Doc: l.Doc, Ref: l.Ref})
		return
	}
	whole := &view{Dissector: v.Dissector, b: v.b, bit: v.bit, partial: v.partial}
	t := HandshakeType(whole.field(l.Fields[0]))
	n := int(whole.field(l.Fields[1]))
	node := wire.Node{Name: t.String(), Key: l.Key, Doc: l.Doc, Ref: t.Ref(version)}
	if n > len(whole.b) {
		node.Note = fmt.Sprintf("%d of %d octets; the message goes on in a later record or segment", len(whole.b), n)
	}
	body := &view{Dissector: v.Dissector, b: whole.b[:min(n, len(whole.b))], bit: whole.bit, nodes: whole.nodes, partial: n > len(whole.b)}
	body.body(t, version)
	body.tooMany()
	node.Value = body.value
	v.group(node, body.nodes, body.bit)
}

// body shows the body of a handshake message.
func (v *view) body(t HandshakeType, version Version) {
	switch t {
	case TypeClientHello:
		v.clientHello()
	case TypeServerHello:
		v.serverHello()
	case TypeEncryptedExtensions:
		v.extensions(inEncryptedExtensions)
	case TypeCertificateRequest:
		v.certificateRequest(version)
	case TypeCertificate:
		v.certificates(version)
	case TypeCertificateVerify:
		v.certificateVerify(version)
	case TypeFinished:
		v.rest(wire.Field{Name: "Verify Data", Key: "tls.handshake.verify_data", Doc: "A MAC over the handshake so far, which shows that both ends saw the same.", Ref: t.Ref(version)}, nil)
	case TypeNewSessionTicket:
		v.newSessionTicket(version)
	case TypeKeyUpdate:
		f := wire.Field{Name: "Request Update", Key: "tls.handshake.key_update.request_update", Width: 8, Names: []wire.Name{{Value: 0, Text: "update_not_requested"}, {Value: 1, Text: "update_requested"}}, Doc: "Whether the receiver is to change its keys too.", Ref: t.Ref(version)}
		v.field(f)
	case TypeServerKeyExchange:
		v.serverKeyExchange(version)
	case TypeClientKeyExchange:
		v.clientKeyExchange()
	case TypeCertificateStatus:
		v.statusRequest(inCertificate)
	case TypeHelloRequest, TypeServerHelloDone, TypeEndOfEarlyData:
	default:
		v.rest(wire.Field{Name: "Message", Key: "tls.handshake.data", Doc: "A message that netlab does not take apart.", Ref: t.Ref(version)}, nil)
	}
}

// Ref returns where the message is defined, which for some depends on the version.
func (t HandshakeType) Ref(version Version) wire.Ref {
	old := version < VersionTLS13
	switch t {
	case TypeClientHello:
		return wire.RFC("8446", "4.1.2")
	case TypeServerHello:
		return wire.RFC("8446", "4.1.3")
	case TypeEncryptedExtensions:
		return wire.RFC("8446", "4.3.1")
	case TypeEndOfEarlyData:
		return wire.RFC("8446", "4.5")
	case TypeKeyUpdate:
		return wire.RFC("8446", "4.6.3")
	case TypeHelloRequest:
		return wire.RFC("5246", "7.4.1.1")
	case TypeServerKeyExchange:
		return wire.RFC("5246", "7.4.3")
	case TypeServerHelloDone:
		return wire.RFC("5246", "7.4.5")
	case TypeClientKeyExchange:
		return wire.RFC("5246", "7.4.7")
	case TypeCertificateStatus:
		return wire.RFC("6066", "8")
	case TypeCompressedCertificate:
		return wire.RFC("8879", "")
	}
	for _, r := range []struct {
		t        HandshakeType
		now, was wire.Ref
	}{
		{TypeNewSessionTicket, wire.RFC("8446", "4.6.1"), wire.RFC("5077", "")},
		{TypeCertificate, wire.RFC("8446", "4.4.2"), wire.RFC("5246", "7.4.2")},
		{TypeCertificateRequest, wire.RFC("8446", "4.3.2"), wire.RFC("5246", "7.4.4")},
		{TypeCertificateVerify, wire.RFC("8446", "4.4.3"), wire.RFC("5246", "7.4.8")},
		{TypeFinished, wire.RFC("8446", "4.4.4"), wire.RFC("5246", "7.4.9")},
	} {
		switch {
		case r.t == t && old:
			return r.was
		case r.t == t:
			return r.now
		}
	}
	return wire.RFC("8446", "4")
}

// certificates shows a Certificate message: in TLS 1.3 with a context before the list, and extensions after each certificate.
func (v *view) certificates(version Version) {
	ref := TypeCertificate.Ref(version)
	if version >= VersionTLS13 {
		v.requestContext(ref)
	}
	v.vector(3, "tls.handshake.certificates_length", wire.Field{Name: "Certificates", Key: "tls.handshake.certificates", Doc: "The sender's certificate, then those that vouch for it.", Ref: ref}, func(v *view) {
		v.repeat("certificate", "certificates", func() {
			v.opaque(3, "tls.handshake.certificate_length", wire.Field{Name: "Certificate", Key: "tls.handshake.certificate", Doc: "Binds a name to a public key; X.509 in DER.", Ref: ref}, certificateOf)
			if version >= VersionTLS13 {
				v.extensions(inCertificate)
			}
		})
	})
}

func (v *view) requestContext(ref wire.Ref) {
	v.opaque(1, "tls.handshake.certificate_request_context_length", wire.Field{Name: "Certificate Request Context", Key: "tls.handshake.certificate_request_context", Doc: "Tells requests apart that come after the handshake.", Ref: ref}, nil)
}

// certificateOf says what a certificate binds to what, and until when.
func certificateOf(der []byte) string {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return countOf(der)
	}
	return fmt.Sprintf("%s, signed by %s, valid from %s to %s, %s", c.Subject, c.Issuer, c.NotBefore.UTC().Format("2006-01-02"), c.NotAfter.UTC().Format("2006-01-02"), c.PublicKeyAlgorithm)
}

// nameOf writes a distinguished name.
func nameOf(der []byte) string {
	var rdn pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdn); err != nil || len(rest) > 0 {
		return hexOf(der)
	}
	return rdn.String()
}

func (v *view) certificateVerify(version Version) {
	ref := TypeCertificateVerify.Ref(version)
	if version >= VersionTLS12 {
		v.field(v.layouts.scheme)
	}
	v.opaque(2, "tls.handshake.client_cert_vrfy.sig_len", wire.Field{Name: "Signature", Key: "tls.handshake.client_cert_vrfy.sig", Doc: "Over the handshake so far, with the key of the certificate.", Ref: ref}, nil)
}

func (v *view) certificateRequest(version Version) {
	ref := TypeCertificateRequest.Ref(version)
	if version >= VersionTLS13 {
		v.requestContext(ref)
		v.extensions(inCertificateRequest)
		return
	}
	kind := wire.Field{Name: "Certificate Type", Key: "tls.handshake.cert_type", Width: 8, Names: []wire.Name{{Value: 1, Text: "rsa_sign"}, {Value: 2, Text: "dss_sign"}, {Value: 64, Text: "ecdsa_sign"}}, Doc: "A kind of key that the server can verify with.", Ref: ref}
	v.vector(1, "tls.handshake.cert_types_count", wire.Field{Name: "Certificate Types", Key: "tls.handshake.cert_types", Doc: kind.Doc, Ref: ref}, func(v *view) { v.each(kind, "type", "types") })
	if version >= VersionTLS12 {
		v.signatureSchemes(ExtSignatureAlgorithms)
	}
	v.distinguishedNames(ref)
}

func (v *view) newSessionTicket(version Version) {
	ref := TypeNewSessionTicket.Ref(version)
	l := &v.layouts.ticket
	v.field(l.Fields[0])
	if version >= VersionTLS13 {
		v.field(l.Fields[1])
		v.opaque(1, "tls.handshake.session_ticket_nonce_length", wire.Field{Name: "Ticket Nonce", Key: "tls.handshake.session_ticket_nonce", Doc: "Makes the key of this ticket another than those of the others.", Ref: ref}, nil)
	}
	v.opaque(2, "tls.handshake.session_ticket_length", wire.Field{Name: "Ticket", Key: "tls.handshake.session_ticket", Doc: "What the client gives back to resume; only the server can read it.", Ref: ref}, nil)
	if version >= VersionTLS13 {
		v.extensions(inNewSessionTicket)
	}
}

// serverKeyExchange shows the server's public key in TLS 1.2. Which kind it is the cipher suite says, which is elsewhere; but 3, for a named
// curve, is how those begin that are in use.
func (v *view) serverKeyExchange(version Version) {
	ref := TypeServerKeyExchange.Ref(version)
	if len(v.b) < 4 || v.b[0] != 3 {
		v.rest(wire.Field{Name: "Parameters", Key: "tls.handshake.server_params", Doc: "The server's public key, signed.", Ref: ref}, nil)
		return
	}
	v.field(wire.Field{Name: "Curve Type", Key: "tls.handshake.server_curve_type", Width: 8, Names: []wire.Name{{Value: 3, Text: "named_curve"}}, Doc: "How the curve is told.", Ref: ref})
	v.field(v.groupField("tls.handshake.server_named_curve"))
	v.opaque(1, "tls.handshake.server_point_len", wire.Field{Name: "Public Key", Key: "tls.handshake.server_point", Doc: "The server's share of the keys.", Ref: ref}, nil)
	if version >= VersionTLS12 {
		v.field(v.layouts.scheme)
	}
	v.opaque(2, "tls.handshake.sig_len", wire.Field{Name: "Signature", Key: "tls.handshake.sig", Doc: "Over both randoms and the public key.", Ref: ref}, nil)
}

// clientKeyExchange shows the client's part in TLS 1.2: a public key, or a secret encrypted for the server.
func (v *view) clientKeyExchange() {
	ref := TypeClientKeyExchange.Ref(VersionTLS12)
	if len(v.b) > 0 && int(v.b[0]) == len(v.b)-1 {
		v.opaque(1, "tls.handshake.client_point_len", wire.Field{Name: "Public Key", Key: "tls.handshake.client_point", Doc: "The client's share of the keys.", Ref: ref}, nil)
		return
	}
	v.opaque(2, "tls.handshake.epms_len", wire.Field{Name: "Encrypted Premaster Secret", Key: "tls.handshake.epms", Doc: "With RSA: a secret that only the server can read. With finite fields: the client's public value.", Ref: ref}, nil)
}
