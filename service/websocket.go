package service

import (
	"errors"
	"net"
	"os"

	"netlab/http"
)

// webSocket serves /ws: each message goes back as it came. A peer that is silent for as long as a connection may be idle is sent a ping, and if it does not answer for as
// long again, it is gone. Scripts of every origin may connect (RFC 6455, Section 10.2): there is nothing here that an echo could give away.
func (s *Web) webSocket(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	if !r.Upgrades("websocket") && wantsHTML(r) {
		webSocketPage().write(w, r)
		return
	}
	c, err := http.AcceptWebSocket(w, r, "", http.WebSocketConfig{})
	var refused *http.Error
	if errors.As(err, &refused) {
		http.RefuseWebSocket(w, refused)
		return
	}
	if err != nil {
		return
	}
	for pinged := false; ; {
		ev, err := c.Receive()
		switch {
		case err == nil:
			pinged = false
			if ev.Opcode == http.OpText || ev.Opcode == http.OpBinary {
				err = c.Send(ev.Opcode, ev.Data)
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && !pinged:
			pinged = true
			err = c.Ping([]byte("are you there?"))
		}
		if err != nil {
			return
		}
	}
}

// webSocketPage is a page with which to try it.
func webSocketPage() *page {
	p := &page{title: "WebSocket"}
	p.text("The connection begins as HTTP and is upgraded: from then on both sides send messages when they like. This server sends back each message.")
	p.live = `<form id="form"><input id="text" value="Hello" aria-label="message"> <button>Send</button> <button type="button" id="close">Close</button></form>
<pre id="out"></pre>
<script>
const out = document.getElementById("out"), say = text => { out.textContent += text + "\n"; };
const scheme = location.protocol === "https:" ? "wss://" : "ws://", socket = new WebSocket(scheme + location.host + "/ws");
socket.onopen = () => { say("open"); socket.send("Hello"); say("sent: Hello"); };
socket.onmessage = e => say("received: " + e.data);
socket.onclose = e => say("closed: " + e.code + " " + e.reason);
document.getElementById("form").onsubmit = e => { e.preventDefault(); const text = document.getElementById("text").value; socket.send(text); say("sent: " + text); };
document.getElementById("close").onclick = () => socket.close(1000, "enough");
</script>
`
	return p
}
