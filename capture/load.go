package capture

import (
	"context"
	"errors"
	"io"

	"netlab/flow"
)

// betweenLooks is how many packets are indexed before Load looks whether it is to end.
const betweenLooks = 1 << 10

// Load reads the whole file once and makes the index. It ends early, with the context's error, when ctx does; called again it goes on. A file that
// is damaged or cut off is indexed up to there, and the error, which wraps ErrDamaged or ErrCutOff, says where that is.
// progress may be nil; it is called now and then from this goroutine with octets of the file read, and how many there are (0: nobody knows).
func (f *File) Load(ctx context.Context, progress func(read, size int64)) error {
	for {
		ended, err := f.loadSome()
		if progress != nil {
			read, size, _, _ := f.Progress()
			progress(read, size)
		}
		if ended {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// loadSome indexes the next packets and reports whether that was all.
func (f *File) loadSome() (ended bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded {
		return true, f.err
	}
	f.loading = true
	defer func() { f.loading = false }()
	var p RawPacket
	for range betweenLooks {
		if err := f.scanner.Next(&p); err != nil {
			f.end(err)
			return true, f.err
		}
		f.add(&p)
	}
	return false, nil
}

// add indexes a packet.
func (f *File) add(p *RawPacket) {
	if len(f.rows) == 0 || len(f.rows[len(f.rows)-1]) == rowsInChunk {
		f.rows = append(f.rows, make([]row, 0, rowsInChunk))
	}
	last := &f.rows[len(f.rows)-1]
	f.packets++
	r, found := f.sorter.sort(p, f.packets)
	*last = append(*last, r)
	if f.packets == 1 {
		f.first, f.last = r.at, r.at
	}
	f.first, f.last = min(f.first, r.at), max(f.last, r.at)
	f.keep(found)
	if comments := p.Comments(); len(comments) > 0 && len(f.comments) < mostComments {
		f.comments[f.packets] = comments
	}
}

// keep keeps findings.
func (f *File) keep(found []flow.Finding) {
	for i := range found {
		if len(f.findings) == mostFindings {
			f.unkept += len(found) - i
			return
		}
		f.findings = append(f.findings, found[i])
	}
}

// end notes that there are no more packets.
func (f *File) end(err error) {
	f.loaded = true
	f.keep(f.sorter.finder.End())
	if !errors.Is(err, io.EOF) {
		f.err = err
	}
}
