package tls

import (
	"fmt"
	"slices"

	"netlab/wire"
)

// Extension is an extension as it is on the wire, for those that have no typed field.
type Extension struct {
	Type ExtensionType
	Data []byte
}

// extensions reads an extension block. take reads the extension it is given into a typed field; if it returns false, the extension goes to
// extra as it is. order is the types in the order they came.
func (r *reader) extensions(in messages, take func(t ExtensionType, r *reader) bool) (order []ExtensionType, extra []Extension) {
	order = []ExtensionType{}
	r.each(r.vector16("extensions", 0), func(r *reader) {
		t := ExtensionType(r.uint16("extension_type"))
		data := r.vector16(t.String(), 0)
		if r.err != nil {
			return
		}
		// "There MUST NOT be more than one extension of the same type in a given extension block." RFC 8446, Section 4.2
		if slices.Contains(order, t) {
			r.fail(illegal(fmt.Sprintf("%s: extension %s occurs twice", r.in, t), "4.2"))
			return
		}
		order = append(order, t)
		if err := permitted(t, in); err != nil {
			r.fail(err)
			return
		}
		sub := r.within(data)
		sub.in = t.String()
		if !take(t, sub) {
			extra = append(extra, Extension{t, data})
			return
		}
		if sub.end() != nil {
			r.fail(sub.err)
		}
	})
	return order, extra
}

// permitted refuses an extension in a message that it is not for. in 0 allows all.
//
// "If an implementation receives an extension which it recognizes and which is not specified for the message in which it appears, it MUST abort
// the handshake with an "illegal_parameter" alert." RFC 8446, Section 4.2
func permitted(t ExtensionType, in messages) *Error {
	if in == 0 {
		return nil
	}
	for _, rule := range extensionRules() {
		if rule.ext == t && rule.in&in == 0 {
			return illegal(fmt.Sprintf("extension %s in %s", t, in), "4.2")
		}
	}
	return nil
}

// unsolicited refuses extensions of an answer that the request did not have. Both are orders of types as messages keep them.
//
// "Implementations MUST NOT send extension responses if the remote endpoint did not send the corresponding extension requests, with the exception
// of the "cookie" extension in the HelloRetryRequest. Upon receiving such an extension, an endpoint MUST abort the handshake with an
// "unsupported_extension" alert." RFC 8446, Section 4.2
func unsolicited(answer, request []ExtensionType) error {
	for _, t := range answer {
		if t != ExtCookie && !slices.Contains(request, t) {
			return &Error{AlertUnsupportedExtension, fmt.Sprintf("extension %s was not asked for", t), wire.RFC("8446", "4.2")}
		}
	}
	return nil
}

// extensionList is the extensions of a message to be written.
type extensionList []pendingExtension

type pendingExtension struct {
	ext  ExtensionType
	body func(w *writer)
}

// add adds an extension if it is present.
func (l *extensionList) add(present bool, t ExtensionType, body func(w *writer)) {
	if present {
		*l = append(*l, pendingExtension{t, body})
	}
}

// write writes the extension block: first the extensions that order names, in that order, then the others, those of extra after the typed ones.
// A pre_shared_key that order does not name comes last.
func (l extensionList) write(w *writer, order []ExtensionType, extra []Extension) {
	for _, e := range extra {
		l.add(true, e.Type, func(w *writer) { w.bytes(e.Data) })
	}
	rank := func(e pendingExtension) int {
		switch i := slices.Index(order, e.ext); {
		case i >= 0:
			return i
		case e.ext == ExtPreSharedKey:
			return len(order) + 1
		default:
			return len(order)
		}
	}
	slices.SortStableFunc(l, func(a, b pendingExtension) int { return rank(a) - rank(b) })
	w.vector(2, func() {
		for _, e := range l {
			w.uint16(uint16(e.ext))
			w.vector(2, func() { e.body(w) })
		}
	})
}

// types returns the types of the extensions that a message would be written with, in no particular order.
func (l extensionList) types(extra []Extension) []ExtensionType {
	var all []ExtensionType
	for _, e := range l {
		all = append(all, e.ext)
	}
	for _, e := range extra {
		all = append(all, e.Type)
	}
	return all
}
