package tls

import "netlab/wire"

// messageHeaderLen is the length of the header of a handshake message in octets.
const messageHeaderLen = 4

// extensionHeaderLen is that of an extension.
const extensionHeaderLen = 4

// RecordLayout declares the header of a record (RFC 8446, Section 5.1).
func RecordLayout() wire.Layout {
	ref := wire.RFC("8446", "5.1")
	return wire.Layout{
		Name: "Record", Key: "tls.record", Ref: ref, Doc: "A piece of what TLS carries, protected as a whole.",
		Fields: []wire.Field{
			{Name: "Content Type", Key: "tls.record.content_type", Width: 8, Names: named(contentTypes()), Ref: ref, Doc: "What the record carries; TLS 1.3 says application_data of all that is protected, and hides the true type inside."},
			{Name: "Legacy Version", Key: "tls.record.version", Bit: 8, Width: 16, Format: wire.Hex, Names: versionNames(), Ref: ref, Doc: "Tells nothing any more: TLS 1.3 says TLS 1.2, and TLS 1.0 in a first ClientHello, for the sake of machines in between."},
			{Name: "Length", Key: "tls.record.length", Bit: 24, Width: 16, Ref: ref, Doc: "Octets of the record that follow: at most 16384 of plaintext, and 256 more where it is protected."},
		},
	}
}

// MessageLayout declares the header of a handshake message (RFC 8446, Section 4).
func MessageLayout() wire.Layout {
	ref := wire.RFC("8446", "4")
	return wire.Layout{
		Name: "Handshake Message", Key: "tls.handshake", Ref: ref, Doc: "A message with which two ends agree on parameters and keys.",
		Fields: []wire.Field{
			{Name: "Message Type", Key: "tls.handshake.type", Width: 8, Names: named(handshakeTypes()), Ref: ref, Doc: "Which message it is."},
			{Name: "Length", Key: "tls.handshake.length", Bit: 8, Width: 24, Ref: ref, Doc: "Octets of the message that follow; it may go on in the next record."},
		},
	}
}

// AlertLayout declares an alert (RFC 8446, Section 6).
func AlertLayout() wire.Layout {
	ref := wire.RFC("8446", "6")
	return wire.Layout{
		Name: "Alert", Key: "tls.alert_message", Ref: ref, Doc: "Closes the connection, or says why it is given up.",
		Fields: []wire.Field{
			{Name: "Level", Key: "tls.alert_message.level", Width: 8, Names: named([]AlertLevel{LevelWarning, LevelFatal}), Ref: ref, Doc: "How bad it is; TLS 1.3 goes by the description alone."},
			{Name: "Description", Key: "tls.alert_message.desc", Bit: 8, Width: 8, Names: alertNames(), Ref: wire.RFC("8446", "6.2"), Doc: "What is the matter."},
		},
	}
}

// ExtensionLayout declares the header of an extension (RFC 8446, Section 4.2).
func ExtensionLayout() wire.Layout {
	ref := wire.RFC("8446", "4.2")
	return wire.Layout{
		Name: "Extension", Key: "tls.handshake.extension", Ref: ref, Doc: "Something that one end offers or asks, and the other answers only if it knows it.",
		Fields: []wire.Field{
			{Name: "Type", Key: "tls.handshake.extension.type", Width: 16, Names: extensionNames(), Ref: ref, Doc: "Which extension it is."},
			{Name: "Length", Key: "tls.handshake.extension.len", Bit: 16, Width: 16, Ref: ref, Doc: "Octets of the extension that follow."},
		},
	}
}

// HelloLayout declares how both hellos begin (RFC 8446, Sections 4.1.2 and 4.1.3).
func HelloLayout() wire.Layout {
	ref := wire.RFC("8446", "4.1.2")
	return wire.Layout{Fields: []wire.Field{
		{Name: "Legacy Version", Key: "tls.handshake.version", Width: 16, Format: wire.Hex, Names: versionNames(), Ref: ref, Doc: "The version, up to TLS 1.2. In TLS 1.3 it stays at TLS 1.2, and supported_versions says what is meant."},
		{Name: "Random", Key: "tls.handshake.random", Bit: 16, Width: 256, Format: wire.Bytes, Ref: ref, Doc: "32 random octets, so that no two handshakes are alike. A certain value in a ServerHello makes it a HelloRetryRequest."},
	}}
}

// TicketLayout declares how a NewSessionTicket of TLS 1.3 begins; that of TLS 1.2 has the first field only (RFC 8446, Section 4.6.1).
func TicketLayout() wire.Layout {
	ref := wire.RFC("8446", "4.6.1")
	return wire.Layout{Fields: []wire.Field{
		{Name: "Ticket Lifetime", Key: "tls.handshake.session_ticket_lifetime_hint", Width: 32, Ref: ref, Doc: "How many seconds the ticket may be used; at most seven days."},
		{Name: "Ticket Age Add", Key: "tls.handshake.session_ticket_age_add", Bit: 32, Width: 32, Ref: ref, Doc: "Added to the ticket's age when it is used, so that watchers cannot tell which connection it is from."},
	}}
}

// The fields that lists and vectors are made of.

func cipherSuiteField() wire.Field {
	return wire.Field{Name: "Cipher Suite", Key: "tls.handshake.ciphersuite", Width: 16, Format: wire.Hex, Names: cipherSuiteValues(), Ref: wire.RFC("8446", "B.4"), Doc: "The algorithms that protect records; before TLS 1.3 also how keys are agreed on and who signs."}
}

func compressionField() wire.Field {
	return wire.Field{Name: "Compression Method", Key: "tls.handshake.comp_method", Width: 8, Names: []wire.Name{{Value: 0, Text: "null"}, {Value: 1, Text: "DEFLATE"}}, Ref: wire.RFC("8446", "4.1.2"), Doc: "Must be null: compression before encryption gave secrets away."}
}

func groupField() wire.Field {
	return wire.Field{Name: "Group", Width: 16, Format: wire.Hex, Names: named(groups()), Ref: wire.RFC("8446", "4.2.7"), Doc: "A curve, field or key encapsulation with which keys are agreed on."}
}

func schemeField() wire.Field {
	return wire.Field{Name: "Signature Scheme", Key: "tls.handshake.sig_hash_alg", Width: 16, Format: wire.Hex, Names: named(signatureSchemes()), Ref: wire.RFC("8446", "4.2.3"), Doc: "A signature algorithm with its hash."}
}

func versionField() wire.Field {
	return wire.Field{Name: "Version", Key: "tls.handshake.extensions.supported_version", Width: 16, Format: wire.Hex, Names: versionNames(), Ref: wire.RFC("8446", "4.2.1"), Doc: "A version that the client speaks, or the one that the server chose."}
}

// number declares a field of whole octets that has no names.
func number(name, key string, octets int, doc string, ref wire.Ref) wire.Field {
	return wire.Field{Name: name, Key: key, Width: 8 * octets, Doc: doc, Ref: ref}
}
