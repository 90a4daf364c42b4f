package service

import (
	"encoding/binary"
	"io"
)

// Pattern is a stream of octets that look random and are the same every time: what /bytes/N serves and uploads send. Its word number i is
// the finaliser of SplitMix64 applied to i, in little-endian order, so that no octets repeat and a shifted or exchanged piece is noticed.
type Pattern struct{ at, end int64 }

// NewPattern returns the first n octets of the stream.
func NewPattern(n int64) *Pattern { return &Pattern{end: n} }

// Read fills p; io.EOF after the last octet.
func (r *Pattern) Read(p []byte) (int, error) {
	if r.at >= r.end {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.end-r.at)]
	n := len(p)
	if skip := int(r.at % 8); skip > 0 { // the rest of a word
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], patternWord(uint64(r.at/8)))
		k := copy(p, word[skip:])
		r.at += int64(k)
		p = p[k:]
	}
	for ; len(p) >= 8; p = p[8:] {
		binary.LittleEndian.PutUint64(p, patternWord(uint64(r.at/8)))
		r.at += 8
	}
	if len(p) > 0 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], patternWord(uint64(r.at/8)))
		copy(p, word[:])
		r.at += int64(len(p))
	}
	return n, nil
}

// patternAt reads the stream from any place on.
type patternAt struct{}

func (patternAt) ReadAt(p []byte, at int64) (int, error) {
	return (&Pattern{at, at + int64(len(p))}).Read(p)
}

func patternWord(i uint64) uint64 {
	z := (i + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
