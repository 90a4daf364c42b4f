package http

import "netlab/wire"

// knownField is a field that dissection explains.
type knownField struct {
	name, key, doc string
	ref            wire.Ref
}

// knownFields returns the fields that dissection explains. The keys are Wireshark's.
func knownFields() []knownField {
	return []knownField{
		{"Host", "http.host", "Host and port of the target, so that one address can serve many names.", wire.RFC("9110", "7.2")},
		{"User-Agent", "http.user_agent", "The program that sends the request.", wire.RFC("9110", "10.1.5")},
		{"Accept", "http.accept", "The media types that the client can use.", wire.RFC("9110", "12.5.1")},
		{"Accept-Encoding", "http.accept_encoding", "The content codings, such as gzip, that the client can undo.", wire.RFC("9110", "12.5.3")},
		{"Accept-Language", "http.accept_language", "The languages that the user prefers.", wire.RFC("9110", "12.5.4")},
		{"Authorization", "http.authorization", "The user's credentials.", wire.RFC("9110", "11.6.2")},
		{"Connection", "http.connection", "What holds for this connection alone: close or keep-alive.", wire.RFC("9110", "7.6.1")},
		{"Content-Length", "http.content_length_header", "How many octets of content follow the header section.", wire.RFC("9110", "8.6")},
		{"Content-Type", "http.content_type", "The media type of the content.", wire.RFC("9110", "8.3")},
		{"Content-Encoding", "http.content_encoding", "The codings to undo before the content is of its type.", wire.RFC("9110", "8.4")},
		{"Date", "http.date", "When the message was made.", wire.RFC("9110", "6.6.1")},
		{"ETag", "http.etag", "A name for this version of the representation.", wire.RFC("9110", "8.8.3")},
		{"Expect", "http.expect", "100-continue: the client waits for a word before it sends the content.", wire.RFC("9110", "10.1.1")},
		{"Last-Modified", "http.last_modified", "When the representation was last changed.", wire.RFC("9110", "8.8.2")},
		{"Location", "http.location", "Where to look instead, or what was created.", wire.RFC("9110", "10.2.2")},
		{"Range", "http.range", "The part of the representation that is wanted.", wire.RFC("9110", "14.2")},
		{"Referer", "http.referer", "Where the client found the target.", wire.RFC("9110", "10.1.3")},
		{"Server", "http.server", "The program that answers.", wire.RFC("9110", "10.2.4")},
		{"Trailer", "http.trailer", "The fields to expect after the content.", wire.RFC("9110", "6.6.2")},
		{"Transfer-Encoding", "http.transfer_encoding", "How the content is framed on this connection: chunked.", wire.RFC("9112", "6.1")},
		{"Upgrade", "http.upgrade", "Protocols to switch to on this connection.", wire.RFC("9110", "7.8")},
		{"Via", "http.via", "The proxies that the message went through.", wire.RFC("9110", "7.6.3")},
	}
}
