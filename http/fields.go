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
		{"Accept-Ranges", "http.accept_ranges", "The server can send parts: bytes, or none.", wire.RFC("9110", "14.3")},
		{"Allow", "http.allow", "The methods that the target takes.", wire.RFC("9110", "10.2.1")},
		{"Cache-Control", "http.cache_control", "What caches may do with the message.", wire.RFC("9111", "5.2")},
		{"Age", "http.age", "How many seconds the response has been in caches.", wire.RFC("9111", "5.1")},
		{"Expires", "http.expires", "When a cache has to ask again.", wire.RFC("9111", "5.3")},
		{"Content-Language", "http.content_language", "The language of those for whom the content is meant.", wire.RFC("9110", "8.5")},
		{"Content-Location", "http.content_location", "A target of its own for just this representation.", wire.RFC("9110", "8.7")},
		{"Content-Range", "http.content_range", "Which part of the representation this is, and how long all of it is.", wire.RFC("9110", "14.4")},
		{"Cookie", "http.cookie", "What the server has given this client to keep, sent back.", wire.RFC("6265", "4.2")},
		{"Set-Cookie", "http.set_cookie", "Something for the client to keep and to send back with each request.", wire.RFC("6265", "4.1")},
		{"If-Match", "http.if_match", "Only if the representation still is one of these versions: so that nobody overwrites what he has not seen.", wire.RFC("9110", "13.1.1")},
		{"If-None-Match", "http.if_none_match", "Only if the representation is none of these versions: the client has them.", wire.RFC("9110", "13.1.2")},
		{"If-Modified-Since", "http.if_modified_since", "Only if the representation was changed since.", wire.RFC("9110", "13.1.3")},
		{"If-Unmodified-Since", "http.if_unmodified_since", "Only if the representation was not changed since.", wire.RFC("9110", "13.1.4")},
		{"If-Range", "http.if_range", "The part if the representation is still this version, else all of it.", wire.RFC("9110", "13.1.5")},
		{"Keep-Alive", "http.keep_alive", "How long the connection is kept: a field of HTTP/1.0 that no standard describes any more.", wire.RFC("9112", "C.2.2")},
		{"Max-Forwards", "http.max_forwards", "How many proxies may pass the request on.", wire.RFC("9110", "7.6.2")},
		{"Proxy-Authenticate", "http.proxy_authenticate", "How to prove to the proxy who one is.", wire.RFC("9110", "11.7.1")},
		{"Proxy-Authorization", "http.proxy_authorization", "The user's credentials for the proxy.", wire.RFC("9110", "11.7.2")},
		{"Retry-After", "http.retry_after", "When to try again.", wire.RFC("9110", "10.2.3")},
		{"TE", "http.te", "What the client can take besides chunked content: trailers.", wire.RFC("9110", "10.1.4")},
		{"Vary", "http.vary", "The fields of the request that the choice of this representation depended on.", wire.RFC("9110", "12.5.5")},
		{"WWW-Authenticate", "http.www_authenticate", "How to prove to the server who one is.", wire.RFC("9110", "11.6.1")},
	}
}
