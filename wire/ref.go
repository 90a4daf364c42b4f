package wire

// Ref names a place in a standard, such as RFC 9293, Section 3.10.7.4.
// The zero Ref names nothing.
type Ref struct {
	Doc     string // "RFC 9293"
	Section string // "3.10.7.4"; empty for the whole document
}

// RFC returns the Ref for a section of an RFC: RFC("9293", "3.1").
func RFC(number, section string) Ref { return Ref{Doc: "RFC " + number, Section: section} }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// String returns "RFC 9293, Section 3.1", as comments in this project write it.
func (r Ref) String() string {
	if r.Section == "" {
		return r.Doc
	}
	return r.Doc + ", Section " + r.Section
}

// Short returns "RFC 9293 §3.1", for narrow places on a screen.
func (r Ref) Short() string {
	if r.Section == "" {
		return r.Doc
	}
	return r.Doc + " §" + r.Section
}
