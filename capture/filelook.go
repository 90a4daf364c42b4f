package capture

import (
	"math"
	"net/netip"
	"time"

	"netlab/ip"
)

// Place is what an index knows of a packet without reading it.
type Place struct {
	Number    int
	At        time.Time
	Transport string            // "TCP" or "UDP"; empty: neither
	Stream    int               // the number of its connection or flow; -1: it belongs to none
	Ends      [2]netip.AddrPort // of its connection or flow, or the hosts between which it travels; who was seen sending first comes first
	Dir       int               // which end sent it
	Octets    [2]int64          // of TCP data that each end of its connection has sent in the capture so far
	Packets   [2]int            // that each end has sent so far

	// What relative sequence numbers of its connection count from, for each end, if it is known.
	ISN      [2]uint32
	ISNKnown [2]bool

	Again, Late, Odd bool // repeats what was sent before; was overtaken; a finding that is no mere note is about it
}

// Place returns what is known of a packet. It reports false if there is no such packet yet.
func (f *File) Place(number int) (Place, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if number < 1 || number > f.packets {
		return Place{}, false
	}
	r := f.rowAt(number - 1)
	p := Place{
		Number: number, At: time.Unix(0, r.at).UTC(), Stream: -1, Dir: r.dir(),
		Again: r.kind&again != 0, Late: r.kind&late != 0, Odd: r.kind&odd != 0,
	}
	if r.pair < 0 {
		return p, true
	}
	of := &f.sorter.pairs.list[r.pair]
	p.Ends = of.ends()
	for i := range of.end {
		p.Octets[i], p.Packets[i] = of.end[i].octets, int(of.end[i].packets)
		p.ISN[i], p.ISNKnown[i] = uint32(of.end[i].isn), of.end[i].seen
	}
	if of.number >= 0 {
		p.Stream = int(of.number)
		p.Transport = map[ip.Protocol]string{ip.TCP: "TCP", ip.UDP: "UDP"}[of.protocol]
	}
	return p, true
}

// mostScanned is how many rows are looked at, at most, for the neighbours of a packet: a millisecond's worth.
const mostScanned = 1 << 17

// Near returns the numbers of the packets that travel between the same ends as a packet: at most so many before it, itself, and so many
// after it. It looks at its wider surroundings only, so that the answer is there at once.
func (f *File) Near(number, before, after int) []int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if number < 1 || number > f.packets {
		return nil
	}
	of := f.rowAt(number - 1).pair
	if of < 0 {
		return []int{number}
	}
	near := make([]int, before, before+after+1)
	first := before
	for i := number - 2; i >= 0 && first > 0 && number-i < mostScanned; i-- {
		if f.rowAt(i).pair == of {
			first--
			near[first] = i + 1
		}
	}
	near = append(near, number)
	for i := number; i < f.packets && after > 0 && i-number < mostScanned; i++ {
		if f.rowAt(i).pair == of {
			near = append(near, i+1)
			after--
		}
	}
	return near[first:]
}

// Beginning returns the numbers of the first packets of a packet's connection or flow, at most so many.
func (f *File) Beginning(number, most int) []int {
	of, ok := f.row(number)
	if !ok || of.pair < 0 {
		return nil
	}
	var numbers []int
	for from := 0; len(numbers) < most; from += rowsInPart {
		// A part at a time, so that Load is not held up.
		f.mu.RLock()
		end := min(from+rowsInPart, f.packets)
		for i := from; i < end && len(numbers) < most; i++ {
			if f.rowAt(i).pair == of.pair {
				numbers = append(numbers, i+1)
			}
		}
		f.mu.RUnlock()
		if end < from+rowsInPart {
			break
		}
	}
	return numbers
}

// Span returns when the first and the last packet were captured, by their times.
func (f *File) Span() (first, last time.Time) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.packets == 0 {
		return time.Time{}, time.Time{}
	}
	return time.Unix(0, f.first).UTC(), time.Unix(0, f.last).UTC()
}

// Histogram returns how many packets were captured in each of so many equal parts of the Span.
func (f *File) Histogram(parts int) []int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	counts := make([]int, max(0, parts))
	if len(counts) == 0 {
		return counts
	}
	width := max(1, math.Ceil(float64(f.last-f.first+1)/float64(parts)))
	for _, chunk := range f.rows {
		for i := range chunk {
			part := int(float64(chunk[i].at-f.first) / width)
			counts[min(max(part, 0), parts-1)]++
		}
	}
	return counts
}
