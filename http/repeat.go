package http

// lastHead is a head that was read, for the next one: clients on a connection say the same again and again, and so do servers within a second. What has the same
// octets is the same head, and need neither be parsed nor copied.
type lastHead struct {
	text    string // its octets; "": none
	request string // of a response: the method of the request, on which its framing depends too
	head    Head
	fields  []Field // a copy, because whoever gets Head.Header may change it
}

// maxRepeat is how long a head may be to be remembered.
const maxRepeat = 2048

// keep remembers the head that p has just read.
func (l *lastHead) keep(p *Parser, text string) {
	if len(text) > maxRepeat {
		l.text = ""
		return
	}
	l.text, l.request, l.head = text, p.request, p.Head
	l.fields = append(l.fields[:0], p.Head.Header...)
}

// is reports whether b begins with the same head again.
func (l *lastHead) is(b []byte, request string) bool {
	return len(b) >= len(l.text) && l.text != "" && string(b[:len(l.text)]) == l.text && l.request == request
}

// repeat takes the last head for the next one.
func (p *Parser) repeat() (Event, int, *Error) {
	header := append(p.Head.Header[:0], p.last.fields...)
	p.Head = p.last.head
	p.Head.Header = header
	return p.begin(len(p.last.text))
}
