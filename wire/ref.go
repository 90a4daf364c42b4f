package wire

// Ref names a place in a standard, such as RFC 9293, Section 3.10.7.4.
// The zero Ref names nothing.
type Ref struct {
	Doc     string // an RFC's number, "9293", or the name of another document, "IEEE 802.3"
	Section string // "3.10.7.4"; empty for the whole document
}

// RFC returns the Ref for a section of an RFC: RFC("9293", "3.1"). It only puts the two side by side, so
// that a hot path may name its source for nothing.
func RFC(number, section string) Ref { return Ref{Doc: number, Section: section} }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// String returns "RFC 9293, Section 3.1", as comments in this project write it.
func (r Ref) String() string {
	if r.Section == "" {
		return r.doc()
	}
	return r.doc() + ", Section " + r.Section
}

// Short returns "RFC 9293 §3.1", for narrow places on a screen.
func (r Ref) Short() string {
	if r.Section == "" {
		return r.doc()
	}
	return r.doc() + " §" + r.Section
}

// doc returns the document's name: a bare number is that of an RFC.
func (r Ref) doc() string {
	if r.Doc != "" && r.Doc[0] >= '0' && r.Doc[0] <= '9' {
		return "RFC " + r.Doc
	}
	return r.Doc
}
