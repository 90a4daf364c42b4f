package capture

import (
	"io"
	"runtime/debug"
)

// A regular file is not copied to be looked at: its octets are where the system holds them anyway, and an input slides over them.

// mapped is a file whose octets are in memory.
type mapped struct {
	octets    []byte // nil: they are not
	forgotten int    // so many are not looked at again
}

// forgetAt is how many octets are forgotten at a time.
const forgetAt = 4 << 20

// forget gives back what lies before octet at of the file.
func (m *mapped) forget(at int64) {
	if end := int(min(at, int64(len(m.octets)))) &^ (forgetAt - 1); end > m.forgotten {
		forget(m.octets[m.forgotten:end])
		m.forgotten = end
	}
}

// mapOctets has the scanner of a file look at its octets in place, if that is possible.
func (f *File) mapOctets() {
	in := f.scanner.in
	if f.copied != nil || f.size == 0 || in.err != nil {
		return
	}
	b := mapFile(f.in, f.size)
	if b == nil {
		return
	}
	if _, err := f.in.Seek(f.size, io.SeekStart); err != nil || in.offset > f.size {
		unmapFile(b)
		return
	}
	in.slideOver(b)
	f.mapped = mapped{octets: b}
}

// unmapOctets ends that. The scanner may go on by reading.
func (f *File) unmapOctets() {
	b := f.mapped.octets
	if b == nil {
		return
	}
	in := f.scanner.in
	if in.mapped {
		in.to = in.at
		if guarded(in.turn) {
			in.buf, in.at, in.to, in.behind = make([]byte, inputBuffer), 0, 0, 0
		}
		if _, err := f.in.Seek(in.offset, io.SeekStart); err != nil {
			in.err = err
		}
	}
	f.mapped = mapped{}
	unmapFile(b)
}

// guarded reports whether do was ended because octets of a mapped file cannot be had any more: somebody has made the file shorter, or its disk fails.
func guarded(do func()) (lost bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if err := recover(); err != nil {
			if _, lost = err.(interface{ Addr() uintptr }); !lost {
				panic(err)
			}
		}
	}()
	do()
	return false
}
