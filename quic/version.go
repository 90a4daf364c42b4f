package quic

import "fmt"

// Port is the UDP port of HTTP/3, and so of most of what speaks QUIC (RFC 9000, Section 6 leaves ports to applications).
const Port = 443

// Version is a version of QUIC. What differs between those that are known here are a salt, labels and numbers of types.
type Version uint32

// The versions. Those of drafts have numbers from 0xff000000 up.
const (
	Negotiation Version = 0          // no version: the packet says which there are (RFC 9000, Section 17.2.1)
	Version1    Version = 1          // RFC 9000
	Version2    Version = 0x6b3343cf // RFC 9369
	firstDraft  Version = 0xff00001d // the drafts that were in wide use: 29 to 34
	draft33     Version = 0xff000021
	lastDraft   Version = 0xff000022
)

func (v Version) draft() bool { return v >= firstDraft && v <= lastDraft }

func (v Version) known() bool { return v == Version1 || v == Version2 || v.draft() }

// reserved reports whether nobody has this version: it is offered so that programs keep to what they should do with versions that they do not know.
//
// Versions that follow the pattern 0x?a?a?a?a are reserved for use in forcing version negotiation to be exercised. RFC 9000, Section 15
func (v Version) reserved() bool { return v&0x0f0f0f0f == 0x0a0a0a0a }

// String returns the version as people call it.
func (v Version) String() string {
	switch {
	case v == Negotiation:
		return "Version Negotiation"
	case v == Version1 || v == Version2:
		return map[Version]string{Version1: "1", Version2: "2"}[v]
	case v.draft():
		return fmt.Sprintf("draft %d", v-0xff000000)
	case v.reserved():
		return fmt.Sprintf("0x%08x, which nobody has", uint32(v))
	}
	return fmt.Sprintf("0x%08x", uint32(v))
}

// salt is what the keys of Initial packets are made with, so that those of one version are of no use in another (RFC 9001, Section 5.2; RFC 9369, Section 3.3.1).
func (v Version) salt() []byte {
	switch {
	case v == Version2:
		return []byte{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}
	case v.draft() && v < draft33:
		return []byte{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}
	}
	return []byte{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}
}

// label is the beginning of the labels that keys are derived with (RFC 9001, Section 5.1; RFC 9369, Section 3.3.2).
func (v Version) label() string {
	if v == Version2 {
		return "quicv2 "
	}
	return "quic "
}
