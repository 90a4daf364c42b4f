package service

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"netlab/http"
	"netlab/tls"
	"netlab/tls/tlsnet"
)

// WebSocketOptions say what to say on a WebSocket.
type WebSocketOptions struct {
	Messages []string      // to send, one after the answer to the other
	Pause    time.Duration // before each message but the first
	Random   io.Reader     // for the key of the handshake and of each frame
	TLS      tls.Config    // for an https URL
}

// AskWebSocket opens a WebSocket at an http URL, sends messages, waits for one message after each, and closes it. It returns what came back.
func AskWebSocket(ctx context.Context, h Stack, rawURL string, o WebSocketOptions) (answers []string, err error) {
	u, err := ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	conn, err := h.Dial(ctx, "tcp", u.Address())
	if err != nil {
		return nil, fmt.Errorf("service: %s cannot be reached: %w", u.Address(), err)
	}
	defer func() { conn.Close() }()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if u.Secure {
		var secure *tlsnet.Conn
		if secure, err = secured(ctx, h, conn, u, o.TLS); err != nil {
			return nil, fmt.Errorf("service: WebSocket %s: %w", rawURL, err)
		}
		conn = secure
	}
	answers, err = askWebSocket(h, conn, u, o)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("service: WebSocket %s: %w", rawURL, err)
	}
	return answers, err
}

func askWebSocket(h Stack, conn net.Conn, u URL, o WebSocketOptions) (answers []string, err error) {
	var nonce [16]byte
	if _, err := io.ReadFull(o.Random, nonce[:]); err != nil {
		return nil, err
	}
	c, _, err := http.DialWebSocket(http.NewClientConn(conn, http.Limits{}), http.WebSocketRequest(u.Authority(), u.Target, nonce), http.WebSocketConfig{Random: o.Random})
	if err != nil {
		return nil, err
	}
	for i, m := range o.Messages {
		if i > 0 {
			if err := h.Sleep(o.Pause); err != nil {
				return answers, err
			}
		}
		if err := c.Send(http.OpText, []byte(m)); err != nil {
			return answers, err
		}
		for {
			ev, err := c.Receive()
			if err != nil {
				return answers, err
			}
			if ev.Opcode == http.OpText || ev.Opcode == http.OpBinary {
				answers = append(answers, string(ev.Data))
				break
			}
		}
	}
	if err := c.Close(http.CloseNormal, ""); err != nil {
		return answers, err
	}
	// The server closes the connection first, so that its end waits in TIME-WAIT, and not the client's. RFC 6455, Section 7.1.1
	_, _ = io.Copy(io.Discard, conn)
	return answers, nil
}
