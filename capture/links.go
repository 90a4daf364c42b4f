package capture

import "sort"

// links tells on which interface each packet of a File was captured. Mostly many packets in a row come from one, so that it keeps where another follows.
type links struct {
	runs  []linkRun
	names []string // of the interfaces, as far as they were known at the latest end of a pass
}

type linkRun struct{ first, number int32 }

// add notes the interface of the next packet.
func (l *links) add(packet, number int) {
	if n := len(l.runs); n == 0 || l.runs[n-1].number != int32(number) {
		l.runs = append(l.runs, linkRun{int32(packet), int32(number)})
	}
}

// of returns the interface of a packet, and its name if it has one.
func (l *links) of(packet int) (number int, name string) {
	i := sort.Search(len(l.runs), func(i int) bool { return int(l.runs[i].first) > packet })
	if i == 0 {
		return 0, ""
	}
	if number = int(l.runs[i-1].number); number < len(l.names) {
		name = l.names[number]
	}
	return number, name
}

// learn takes what a pass over the file has told besides packets. The pass is to have ended.
func (f *File) learn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.scanner.Extra()
	f.names, f.links.names = x.Names, nil
	if x.Sections == 0 {
		return // a pcap file has no names for interfaces
	}
	for i := range x.Interfaces {
		f.links.names = append(f.links.names, x.Interfaces[i].Name)
	}
}
