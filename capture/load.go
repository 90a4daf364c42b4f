package capture

import (
	"context"
	"errors"
	"io"

	"netlab/flow"
)

// betweenReports is how many packets are indexed before Load tells how far it has come.
const betweenReports = 1 << 10

// Load reads the whole file once and makes the index. It ends early, with the context's error, when ctx does; called again it goes on. A file that
// is damaged or cut off is indexed up to there, and the error, which wraps ErrDamaged or ErrCutOff, says where that is.
// progress may be nil; it is called now and then from this goroutine with octets of the file read, and how many there are (0: nobody knows).
func (f *File) Load(ctx context.Context, progress func(read, size int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if _, _, loaded, err := f.Progress(); loaded {
		return err
	}
	f.mapOctets()
	defer f.unmapOctets()
	since := 0
	err := f.scanner.readAhead(func(packets []parsed) bool {
		f.addAll(packets)
		if since += len(packets); since >= betweenReports {
			since = 0
			read, size, _, _ := f.Progress()
			progress(read, size)
		}
		return ctx.Err() == nil
	})
	f.learn()
	if err == nil {
		return ctx.Err()
	}
	f.end(err)
	read, size, _, err := f.Progress()
	progress(read, size)
	return err
}

// addAll indexes packets.
func (f *File) addAll(packets []parsed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range packets {
		f.add(&packets[i])
		f.mu.giveWay()
	}
	if f.mapped.octets != nil && len(packets) > 0 {
		last := &packets[len(packets)-1]
		f.read = max(f.read, last.Offset+int64(len(last.Data)))
		f.mapped.forget(last.Offset)
	}
}

// add indexes a packet.
func (f *File) add(p *parsed) {
	if len(f.rows) == 0 || len(f.rows[len(f.rows)-1]) == rowsInChunk {
		f.rows = append(f.rows, make([]row, 0, rowsInChunk))
	}
	last := &f.rows[len(f.rows)-1]
	f.packets++
	*last = append(*last, row{})
	r := &(*last)[len(*last)-1]
	found := f.sorter.sort(p, f.packets, r)
	if f.packets == 1 {
		f.first, f.last = r.at, r.at
	}
	f.first, f.last = min(f.first, r.at), max(f.last, r.at)
	f.links.add(f.packets, p.Interface)
	f.keep(found)
	if p.commented {
		f.comment(p.Comments())
	}
}

// comment keeps the comments on the latest packet.
func (f *File) comment(comments []string) {
	if len(comments) > 0 && len(f.comments) < mostComments {
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
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded = true
	f.read = max(f.read, int64(len(f.mapped.octets)))
	f.keep(f.sorter.finder.End())
	if !errors.Is(err, io.EOF) {
		f.err = err
	}
}
