package tls

import (
	"strings"

	"netlab/wire"
)

// serverNames shows server_name: a list of names in a ClientHello, nothing in an answer.
func (v *view) serverNames() {
	if len(v.b) == 0 {
		return
	}
	ref := wire.RFC("6066", "3")
	var names []string
	v.vector(2, "tls.handshake.extensions_server_name_list_len", wire.Field{Name: "Server Names", Doc: ExtServerName.Doc(), Ref: ref}, func(v *view) {
		for len(v.b) > 0 {
			v.field(wire.Field{Name: "Name Type", Key: "tls.handshake.extensions_server_name_type", Width: 8, Names: []wire.Name{{Value: 0, Text: "host_name"}}, Doc: "What kind of name it is; there is only one.", Ref: ref})
			name := v.opaque(2, "tls.handshake.extensions_server_name_len", wire.Field{Name: "Server Name", Key: "tls.handshake.extensions_server_name", Doc: "The host that the client wants, in the clear for everybody to read.", Ref: ref}, textOf)
			names = append(names, textOf(name))
		}
	})
	v.value = strings.Join(names, ", ")
}

func (v *view) supportedVersions(in messages) {
	if in != inClientHello {
		v.value = Version(v.field(v.layouts.version)).String()
		return
	}
	var versions []string
	v.vector(1, "tls.handshake.extensions.supported_versions_len", wire.Field{Name: "Versions", Doc: ExtSupportedVersions.Doc(), Ref: ExtSupportedVersions.Ref()}, func(v *view) {
		for len(v.b) > 0 {
			versions = append(versions, Version(v.field(v.layouts.version)).String())
		}
	})
	v.value = strings.Join(versions, ", ")
}

func (v *view) signatureSchemes(t ExtensionType) {
	v.vector(2, "tls.handshake.sig_hash_alg_len", wire.Field{Name: "Signature Schemes", Key: "tls.handshake.sig_hash_algs", Doc: t.Doc(), Ref: t.Ref()}, func(v *view) {
		v.each(v.layouts.scheme, "scheme", "schemes")
	})
}

// keyShare shows key_share, which looks different in each message (RFC 8446, Section 4.2.8).
func (v *view) keyShare(in messages) {
	ref := wire.RFC("8446", "4.2.8")
	switch in {
	case inHelloRetryRequest:
		v.value = Group(v.field(v.groupField("tls.handshake.extensions_key_share_selected_group"))).String()
	case inServerHello:
		v.value = v.shareEntry().String()
	default:
		var groups []string
		v.vector(2, "tls.handshake.extensions_key_share_client_length", wire.Field{Name: "Client Shares", Doc: ExtKeyShare.Doc(), Ref: ref}, func(v *view) {
			for len(v.b) > 0 {
				groups = append(groups, v.shareEntry().String())
			}
		})
		v.value = strings.Join(groups, ", ")
	}
}

func (v *view) shareEntry() Group {
	group := Group(v.field(v.groupField("tls.handshake.extensions_key_share_group")))
	v.opaque(2, "tls.handshake.extensions_key_share_key_exchange_length", wire.Field{Name: "Key Exchange", Key: "tls.handshake.extensions_key_share_key_exchange", Doc: "A public key for the group.", Ref: wire.RFC("8446", "4.2.8")}, nil)
	return group
}

func (v *view) applicationProtocols() {
	ref := wire.RFC("7301", "3.1")
	var names []string
	v.vector(2, "tls.handshake.extensions_alpn_len", wire.Field{Name: "Protocols", Key: "tls.handshake.extensions_alpn_list", Doc: ExtALPN.Doc(), Ref: ref}, func(v *view) {
		for len(v.b) > 0 {
			name := v.opaque(1, "tls.handshake.extensions_alpn_str_len", wire.Field{Name: "Protocol", Key: "tls.handshake.extensions_alpn_str", Doc: "The name of an application protocol.", Ref: ref}, textOf)
			names = append(names, textOf(name))
		}
	})
	v.value = strings.Join(names, ", ")
}

// preSharedKey shows pre_shared_key (RFC 8446, Section 4.2.11).
func (v *view) preSharedKey(in messages) {
	ref := wire.RFC("8446", "4.2.11")
	if in != inClientHello {
		v.field(number("Selected Identity", "tls.handshake.extensions.psk.identity.selected", 2, "Which of the offered keys the server takes, counted from 0.", ref))
		return
	}
	v.vector(2, "tls.handshake.extensions.psk.identities.length", wire.Field{Name: "Identities", Doc: "The keys that the client offers.", Ref: ref}, func(v *view) {
		v.repeat("identity", "identities", func() {
			v.opaque(2, "tls.handshake.extensions.psk.identity.identity_length", wire.Field{Name: "Identity", Key: "tls.handshake.extensions.psk.identity.identity", Doc: "Names a key: for resumption, the ticket.", Ref: ref}, nil)
			v.field(number("Obfuscated Ticket Age", "tls.handshake.extensions.psk.identity.obfuscated_ticket_age", 4, "Milliseconds since the ticket came, plus its ticket_age_add.", wire.RFC("8446", "4.2.11.1")))
		})
	})
	v.vector(2, "tls.handshake.extensions.psk.binders_len", wire.Field{Name: "Binders", Key: "tls.handshake.extensions.psk.binders", Doc: "Prove that the client has the keys.", Ref: wire.RFC("8446", "4.2.11.2")}, func(v *view) {
		v.repeat("binder", "binders", func() {
			v.opaque(1, "tls.handshake.extensions.psk.binder_len", wire.Field{Name: "Binder", Key: "tls.handshake.extensions.psk.binder", Doc: "A MAC over the ClientHello up to the binders, with a key made of the offered one.", Ref: wire.RFC("8446", "4.2.11.2")}, nil)
		})
	})
}

// statusRequest shows status_request: a question in a hello, the answer beside a certificate.
func (v *view) statusRequest(in messages) {
	ref := wire.RFC("6066", "8")
	if len(v.b) == 0 {
		return // a server of TLS 1.2 says that an answer will come
	}
	v.field(wire.Field{Name: "Status Type", Key: "tls.handshake.extensions_status_request_type", Width: 8, Names: []wire.Name{{Value: statusTypeOCSP, Text: "ocsp"}}, Doc: "How revocation is looked up.", Ref: ref})
	if in == inCertificate {
		v.opaque(3, "tls.handshake.ocsp_response_len", wire.Field{Name: "OCSP Response", Key: "tls.handshake.ocsp_response", Doc: "What the responder says of the certificate, stapled to it.", Ref: wire.RFC("8446", "4.4.2.1")}, countOf)
		return
	}
	v.opaque(2, "tls.handshake.extensions_status_request_responder_ids_len", wire.Field{Name: "Responder IDs", Key: "tls.handshake.extensions_status_request_responder_ids", Doc: "The responders that the client trusts; none: any.", Ref: ref}, nil)
	v.opaque(2, "tls.handshake.extensions_status_request_exts_len", wire.Field{Name: "Request Extensions", Key: "tls.handshake.extensions_status_request_exts", Doc: "Extensions of the OCSP request.", Ref: ref}, nil)
}

// distinguishedNames shows a list of certificate authorities.
func (v *view) distinguishedNames(ref wire.Ref) {
	v.vector(2, "tls.handshake.dnames_len", wire.Field{Name: "Distinguished Names", Key: "tls.handshake.dnames", Doc: "The certificate authorities that the sender trusts.", Ref: ref}, func(v *view) {
		v.repeat("name", "names", func() {
			v.opaque(2, "tls.handshake.dname_len", wire.Field{Name: "Distinguished Name", Key: "tls.handshake.dname", Doc: "The name of an authority, in DER.", Ref: ref}, nameOf)
		})
	})
}
