package tls

// authorities reads the distinguished names, in DER, of the certificate authorities that a sender trusts (RFC 8446, Section 4.2.4).
func (r *reader) authorities() [][]byte {
	var names [][]byte
	r.each(r.vector16("authorities", 3), func(r *reader) { names = append(names, r.vector16("distinguished_name", 1)) })
	return names
}

func (w *writer) authorities(names [][]byte) {
	w.vector(2, func() {
		for _, name := range names {
			w.vector16(name)
		}
	})
}
