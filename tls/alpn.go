package tls

// protocolNames reads the application protocols that a client offers, or the one that a server chose (RFC 7301, Section 3.1).
func (r *reader) protocolNames() []string {
	var names []string
	r.each(r.vector16("protocol_name_list", 2), func(r *reader) { names = append(names, string(r.vector8("protocol_name", 1, 255))) })
	return names
}

func (w *writer) protocolNames(names ...string) {
	w.vector(2, func() {
		for _, name := range names {
			w.vector8([]byte(name))
		}
	})
}
