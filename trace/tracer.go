package trace

// Tracer is where one host's events go. A nil *Tracer is silent: its methods do nothing, so that a
// core which nobody watches pays one nil check.
type Tracer struct {
	host string
	emit func(Event) ID
}

// New returns a tracer that names host in each event and hands it to emit, which gives it its ID.
func New(host string, emit func(Event) ID) *Tracer { return &Tracer{host: host, emit: emit} }

// On reports whether anybody listens. Ask it before building an event.
func (t *Tracer) On() bool { return t != nil }

// Emit hands e on and returns its ID; 0 if nobody listens.
func (t *Tracer) Emit(e Event) ID {
	if t == nil {
		return 0
	}
	if e.Host == "" {
		e.Host = t.host
	}
	return t.emit(e)
}
