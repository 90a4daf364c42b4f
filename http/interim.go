package http

import "netlab/wire"

// Interim sends an interim response, such as 103 with Link fields, at once; the answer itself comes later (RFC 9110, Section 15.2). It does nothing for
// a client of HTTP/1.0, which would take it for the answer.
func (w *ResponseWriter) Interim(status Status, h Header) error {
	switch {
	case w.taken:
		return ErrTaken
	case w.sent || status/100 != 1 || status == StatusSwitchingProtocols:
		return &Error{StatusInternalServerError, "an interim response has a code of 1xx and comes before the answer", wire.RFC("9110", "15.2")}
	case w.old:
		return nil
	}
	if err := h.Check(); err != nil {
		return err
	}
	if status == StatusContinue {
		w.continues = false
	}
	out := &w.conn.out
	out.buf = appendFields(appendStatusLine(out.buf, status), h)
	out.buf = append(out.buf, "\r\n"...)
	return out.flush()
}

// Duplex lets one goroutine read the content of the request while another writes the answer. Otherwise a Read that has to wait first sends what was written, and 100
// (Continue) if the client waits for it; with Duplex the handler sees to both, with Flush and Interim.
func (w *ResponseWriter) Duplex() { w.duplex = true }

// beforeContent runs before a handler waits for more of the request's content.
func (w *ResponseWriter) beforeContent() error {
	w.sendContinue()
	if len(w.kept) > 0 {
		return w.sendHead()
	}
	return nil
}

// sendContinue tells a client that waits for it to send its content.
func (w *ResponseWriter) sendContinue() {
	if w.continues && !w.sent {
		w.continues = false
		w.conn.out.buf = append(w.conn.out.buf, "HTTP/1.1 100 Continue\r\n\r\n"...)
	}
}

// expects reports whether the client waits for 100 (Continue) before it sends its content, and whether there is an expectation that nobody can meet.
func (h *Head) expects() (continues, unknown bool) {
	// A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that expectation. RFC 9110, Section 10.1.1
	if !h.Version.AtLeast11() || h.Header.Count("Expect") == 0 {
		return false, false
	}
	if !h.Header.only("Expect", "100-continue") {
		return false, true
	}
	return h.Length != 0, false
}
