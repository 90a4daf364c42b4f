package tls

import "netlab/wire"

// clientHello shows the body of a ClientHello (RFC 8446, Section 4.1.2).
func (v *view) clientHello() {
	ref := wire.RFC("8446", "4.1.2")
	v.layout(&v.layouts.hello)
	v.sessionID(ref)
	v.vector(2, "tls.handshake.cipher_suites_length", wire.Field{Name: "Cipher Suites", Key: "tls.handshake.ciphersuites", Doc: "What the client can protect records with, best first.", Ref: ref}, func(v *view) {
		v.each(v.layouts.cipherSuite, "suite", "suites")
	})
	v.vector(1, "tls.handshake.comp_methods_length", wire.Field{Name: "Compression Methods", Key: "tls.handshake.comp_methods", Doc: "One method, null.", Ref: ref}, func(v *view) {
		v.each(v.layouts.compression, "method", "methods")
	})
	v.extensions(inClientHello)
}

// serverHello shows the body of a ServerHello or HelloRetryRequest (RFC 8446, Sections 4.1.3 and 4.1.4).
func (v *view) serverHello() {
	ref := wire.RFC("8446", "4.1.3")
	in := inServerHello
	random := RetryRandom()
	if len(v.b) >= 34 && string(v.b[2:34]) == string(random[:]) {
		in = inHelloRetryRequest
	}
	v.layout(&v.layouts.hello)
	v.sessionID(ref)
	v.field(v.layouts.cipherSuite)
	v.field(v.layouts.compression)
	v.extensions(in)
}

func (v *view) sessionID(ref wire.Ref) {
	v.opaque(1, "tls.handshake.session_id_length", wire.Field{Name: "Session ID", Key: "tls.handshake.session_id", Doc: "Named a session to be resumed, up to TLS 1.2. In TLS 1.3 the server repeats what the client made up, so that both look like TLS 1.2.", Ref: ref}, nil)
}

// extensions shows an extension block. Hellos before TLS 1.3 may have none.
func (v *view) extensions(in messages) {
	if len(v.b) == 0 {
		return
	}
	f := wire.Field{Name: "Extensions", Key: "tls.handshake.extensions", Doc: "What the message says beyond its fixed fields.", Ref: wire.RFC("8446", "4.2")}
	v.vector(2, "tls.handshake.extensions_length", f, func(v *view) {
		v.repeat("extension", "extensions", func() { v.extension(in) })
	})
}

// extension shows one extension.
func (v *view) extension(in messages) {
	l := &v.layouts.extension
	if len(v.b) < extensionHeaderLen {
		v.cut(wire.Field{Name: l.Name, Key: l.Key, Doc: l.Doc, Ref: l.Ref})
		return
	}
	whole := &view{Dissector: v.Dissector, b: v.b, bit: v.bit, partial: v.partial}
	t := ExtensionType(whole.field(l.Fields[0]))
	n := int(whole.field(l.Fields[1]))
	content := &view{Dissector: v.Dissector, bit: whole.bit}
	if n > len(whole.b) {
		content.partial = v.partial
		if !v.partial {
			whole.last().Note = "longer than what is left of the extensions"
		}
		n = len(whole.b)
	}
	content.b, content.nodes = whole.skip(n), whole.nodes
	content.extensionData(t, in)
	content.tooMany()
	node := wire.Node{Key: l.Key, Value: content.value}
	if v.asked.All() {
		node.Name, node.Doc, node.Ref = "Extension: "+t.String(), t.Doc(), t.Ref()
	}
	v.group(node, content.nodes, content.bit)
}

// extensionData shows what an extension carries.
func (v *view) extensionData(t ExtensionType, in messages) {
	switch t {
	case ExtServerName:
		v.serverNames()
	case ExtSupportedVersions:
		v.supportedVersions(in)
	case ExtSupportedGroups:
		v.vector(2, "tls.handshake.extensions_supported_groups_length", wire.Field{Name: "Supported Groups", Key: "tls.handshake.extensions_supported_groups", Doc: t.Doc(), Ref: t.Ref()}, func(v *view) {
			v.each(v.groupField("tls.handshake.extensions_supported_group"), "group", "groups")
		})
	case ExtSignatureAlgorithms, ExtSignatureAlgorithmsCert:
		v.signatureSchemes(t)
	case ExtKeyShare:
		v.keyShare(in)
	case ExtALPN:
		v.applicationProtocols()
	case ExtPSKKeyExchangeModes:
		f := wire.Field{Name: "Mode", Key: "tls.extension.psk_ke_mode", Width: 8, Names: named([]PSKMode{PSKOnly, PSKWithDHE}), Doc: t.Doc(), Ref: t.Ref()}
		v.vector(1, "tls.extension.psk_ke_modes_length", wire.Field{Name: "Modes", Doc: t.Doc(), Ref: t.Ref()}, func(v *view) { v.each(f, "mode", "modes") })
	case ExtPreSharedKey:
		v.preSharedKey(in)
	case ExtCookie:
		v.opaque(2, "tls.handshake.extensions.cookie_len", wire.Field{Name: "Cookie", Key: "tls.handshake.extensions.cookie", Doc: t.Doc(), Ref: t.Ref()}, nil)
	case ExtEarlyData:
		if in == inNewSessionTicket {
			v.field(number("Maximum Early Data Size", "tls.early_data.max_early_data_size", 4, "Octets of 0-RTT data that the server takes.", wire.RFC("8446", "4.2.10")))
		}
	case ExtRecordSizeLimit:
		v.field(number("Record Size Limit", "tls.record_size_limit", 2, t.Doc(), t.Ref()))
	case ExtMaxFragmentLength:
		v.field(number("Maximum Fragment Length", "tls.handshake.max_fragment_length", 1, "1: 512 octets, 2: 1024, 3: 2048, 4: 4096.", t.Ref()))
	default:
		v.otherExtension(t, in)
	}
}

// otherExtension shows the extensions that are of lesser interest.
func (v *view) otherExtension(t ExtensionType, in messages) {
	switch t {
	case ExtStatusRequest:
		v.statusRequest(in)
	case ExtCertificateAuthorities:
		v.distinguishedNames(t.Ref())
	case ExtECPointFormats:
		f := wire.Field{Name: "Point Format", Key: "tls.handshake.extensions_ec_point_format", Width: 8, Names: []wire.Name{{Value: 0, Text: "uncompressed"}}, Doc: t.Doc(), Ref: t.Ref()}
		v.vector(1, "tls.handshake.extensions_ec_point_formats_length", wire.Field{Name: "Point Formats", Key: "tls.handshake.extensions_ec_point_formats", Doc: t.Doc(), Ref: t.Ref()}, func(v *view) { v.each(f, "format", "formats") })
	case ExtRenegotiationInfo:
		v.opaque(1, "tls.handshake.extensions_reneg_info_len", wire.Field{Name: "Renegotiated Connection", Key: "tls.handshake.extensions_reneg_info", Doc: t.Doc(), Ref: t.Ref()}, nil)
	case ExtPadding:
		v.rest(wire.Field{Name: "Padding", Key: "tls.handshake.extensions_padding_data", Doc: t.Doc(), Ref: t.Ref()}, countOf)
	default:
		v.rest(wire.Field{Name: "Data", Key: "tls.handshake.extension.data", Doc: "What the extension carries.", Ref: t.Ref()}, nil)
	}
}
