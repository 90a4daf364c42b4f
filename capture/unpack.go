package capture

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a file packed with zstd can claim: octets of the window it refers back into.
const maxWindow = 1 << 27

// unpack looks at how r begins and unpacks what is packed with gzip or zstd. packed says with which; empty: it is not packed.
func unpack(name string, r io.Reader) (in *input, packed string, err error) {
	in = newInput(r)
	begin := in.peek(4)
	switch {
	case bytes.HasPrefix(begin, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(&rest{in})
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w gzip file: %w", name, ErrDamaged, err)
		}
		return newInput(unpacked), "gzip", nil
	case len(begin) == 4 && (bytes.Equal(begin, []byte{0x28, 0xb5, 0x2f, 0xfd}) || begin[0]&0xf0 == 0x50 && bytes.Equal(begin[1:], []byte{0x2a, 0x4d, 0x18})):
		// RFC 8878, Section 3.1.1 and, for frames to skip, Section 3.1.2. One decoder: it needs no goroutine.
		unpacked, err := zstd.NewReader(&rest{in}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w zstd file: %w", name, ErrDamaged, err)
		}
		return newInput(unpacked), "zstd", nil
	}
	return in, "", nil
}

// rest is an input as an io.Reader, from where it is.
type rest struct{ in *input }

func (r *rest) Read(p []byte) (int, error) {
	b := r.in.peek(1)
	if len(b) == 0 {
		return 0, r.in.err
	}
	n := copy(p, r.in.buf[r.in.at:r.in.to])
	r.in.take(n)
	return n, nil
}

// otherFormat names what files are that are often mistaken for a capture, with what to do about it; empty if it is not known.
func otherFormat(begin []byte) string {
	for _, f := range []struct{ magic, say string }{
		{"\xfd7zXZ\x00", "it is packed with xz: unpack it first (unxz)"},
		{"BZh", "it is packed with bzip2: unpack it first (bunzip2)"},
		{"\x04\x22\x4d\x18", "it is packed with lz4: unpack it first (unlz4)"},
		{"PK\x03\x04", "it is a zip archive: unpack it first (unzip)"},
		{"snoop\x00\x00\x00", "it is a snoop file: convert it first (editcap -F pcapng)"},
		{"GMBU", "it is a Network Monitor file: convert it first (editcap -F pcapng)"},
		{"RTSS", "it is a Network Monitor file: convert it first (editcap -F pcapng)"},
		{"TRSNIFF", "it is a Sniffer file: convert it first (editcap -F pcapng)"},
	} {
		if bytes.HasPrefix(begin, []byte(f.magic)) {
			return f.say
		}
	}
	return ""
}
