package http

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"

	"netlab/wire"
)

// webSocketGUID is joined to a client's key so that only a server that knows the WebSocket Protocol gives the answer (RFC 6455, Section 1.3).
const webSocketGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// webSocketVersion is the version of the protocol that RFC 6455 is.
const webSocketVersion = "13"

// WebSocketAccept returns the value of Sec-WebSocket-Accept that answers a Sec-WebSocket-Key. It proves that the server has read the request, and nothing more.
func WebSocketAccept(key string) string {
	sum := sha1.Sum([]byte(key + webSocketGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// AcceptWebSocket answers a client's opening handshake with 101 (Switching Protocols) and returns the open connection, which is the handler's. protocol is the
// subprotocol to speak, one of those that the client offers (Request.WebSocketProtocols); "" for none. An *Error says why it is refused; RefuseWebSocket says it to the client.
//
// Whether scripts of any origin may connect is for the caller to decide by the Origin field (RFC 6455, Section 10.2).
func AcceptWebSocket(w *ResponseWriter, r *Request, protocol string, c WebSocketConfig) (*WebSocketConn, error) {
	if err := checkWebSocketRequest(r); err != nil {
		return nil, err
	}
	w.Header.Set("Sec-WebSocket-Accept", WebSocketAccept(r.Header.Get("Sec-WebSocket-Key")))
	if protocol != "" {
		w.Header.Set("Sec-WebSocket-Protocol", protocol)
	}
	rw, err := w.Upgrade("websocket")
	if err != nil {
		w.Header.Del("Sec-WebSocket-Accept")
		return nil, err
	}
	c.Client = false
	return NewWebSocketConn(rw, c), nil
}

// checkWebSocketRequest tells what is wrong with a client's opening handshake (RFC 6455, Section 4.2.1).
func checkWebSocketRequest(r *Request) error {
	ref := wire.RFC("6455", "4.2.1")
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	switch {
	case !r.Upgrades("websocket"):
		return &Error{StatusUpgradeRequired, "this target speaks WebSocket, and the request does not offer to upgrade to it", ref}
	case r.Method != MethodGet:
		return bad("a WebSocket begins with GET, and this was "+r.Method, ref)
	// If this version does not match a version understood by the server, the server MUST abort the WebSocket handshake and instead send an appropriate HTTP error code
	// (such as 426 Upgrade Required) and a Sec-WebSocket-Version header field indicating the version(s) the server is capable of understanding. RFC 6455, Section 4.2.2, shortened
	case r.Header.Get("Sec-WebSocket-Version") != webSocketVersion:
		return &Error{StatusUpgradeRequired, "only version " + webSocketVersion + " of WebSocket is known here", wire.RFC("6455", "4.2.2")}
	case err != nil || len(key) != 16 || r.Header.Count("Sec-WebSocket-Key") != 1:
		return bad("Sec-WebSocket-Key is not 16 octets in base64", ref)
	}
	return nil
}

// RefuseWebSocket answers an opening handshake that AcceptWebSocket refused: with its status code, and with what would be accepted.
func RefuseWebSocket(w *ResponseWriter, refused *Error) {
	w.SetStatus(refused.Status)
	w.Header.Set("Content-Type", "text/plain; charset=utf-8")
	if refused.Status == StatusUpgradeRequired {
		w.Header.Set("Connection", "Upgrade")
		w.Header.Set("Upgrade", "websocket")
		w.Header.Set("Sec-WebSocket-Version", webSocketVersion)
	}
	w.WriteString(refused.Say + " (" + refused.Ref.String() + ")\n")
}

// WebSocketProtocols returns the subprotocols that a client offers, the most welcome first (RFC 6455, Section 11.3.4).
func (r *Request) WebSocketProtocols() []string {
	var all []string
	for _, f := range r.Header {
		if !strings.EqualFold(f.Name, "Sec-WebSocket-Protocol") {
			continue
		}
		for _, p := range strings.Split(f.Value, ",") {
			if p = strings.Trim(p, " \t"); isToken(p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// WebSocketRequest returns a client's opening handshake (RFC 6455, Section 4.1). host is the value of the Host field; nonce is 16 octets drawn at random for this
// connection.
func WebSocketRequest(host, target string, nonce [16]byte, protocols ...string) *Request {
	r := &Request{Method: MethodGet, Target: target, Header: Header{
		{"Host", host},
		{"Connection", "Upgrade"},
		{"Upgrade", "websocket"},
		{"Sec-WebSocket-Version", webSocketVersion},
		{"Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(nonce[:])},
	}}
	if len(protocols) > 0 {
		r.Header.Add("Sec-WebSocket-Protocol", strings.Join(protocols, ", "))
	}
	return r
}

// DialWebSocket performs a client's opening handshake on a connection that was opened for it, and returns the open WebSocket.
func DialWebSocket(c *ClientConn, r *Request, config WebSocketConfig) (*WebSocketConn, *Response, error) {
	response, err := c.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	if err := checkWebSocketResponse(r, response); err != nil {
		return nil, response, err
	}
	config.Client = true
	return NewWebSocketConn(c.Stream(), config), response, nil
}

// checkWebSocketResponse tells what is wrong with a server's answer (RFC 6455, Section 4.1).
func checkWebSocketResponse(r *Request, a *Response) error {
	ref := wire.RFC("6455", "4.1")
	chosen := a.Header.Get("Sec-WebSocket-Protocol")
	switch {
	case a.Status != StatusSwitchingProtocols:
		return &Error{a.Status, fmt.Sprintf("the server does not open a WebSocket: it answered %d %s", a.Status, a.Reason), ref}
	case !a.Header.Has("Upgrade", "websocket") || !a.Header.Has("Connection", "upgrade"):
		return bad("the server's answer does not upgrade to WebSocket", ref)
	case a.Header.Get("Sec-WebSocket-Accept") != WebSocketAccept(r.Header.Get("Sec-WebSocket-Key")):
		return bad("Sec-WebSocket-Accept does not answer our key", ref)
	case a.Header.Count("Sec-WebSocket-Extensions") > 0:
		return bad("the server uses an extension that was not offered", ref)
	case chosen != "" && !r.Header.Has("Sec-WebSocket-Protocol", chosen):
		return bad("the server chose the subprotocol "+chosen+", which was not offered", ref)
	}
	return nil
}
