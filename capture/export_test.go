package capture

import (
	"netlab/filter"
	"netlab/wire"
)

// Dissections returns how many packets a filter takes apart from the link header on, and of how many more only what they carry.
func Dissections(f *File, fl filter.Filter) (whole, carried int, err error) {
	s := newSieve(f, fl, f.factsFor(fl))
	_, err = s.part(1, f.Len()+1)
	return s.whole, s.carried, err
}

// DissectFor returns what a dissection of a packet has that can be asked for by a key.
func DissectFor(key string) func(LinkType, []byte) []wire.Node { return newDissector(key).packet }

// HeldBy returns how many octets a Summarizer keeps of messages that are not whole yet.
func HeldBy(s *Summarizer) int { return s.memory.held }
