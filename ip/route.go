package ip

import (
	"net/netip"
	"slices"
)

// Route says where packets for a network go: to the next hop Via through an interface; Via is invalid if the
// network is attached to that interface itself.
type Route struct {
	Prefix    netip.Prefix
	Via       netip.Addr
	Interface int

	// Metric says how good the route is. Of several to one network those with the smallest are used: all of them, if
	// there are several.
	Metric uint32
}

// NextHop returns the neighbour that gets the packets for dst: the router, or dst itself.
func (r *Route) NextHop(dst netip.Addr) netip.Addr {
	if r.Via.IsValid() {
		return r.Via
	}
	return dst
}

// The metrics of routes from different sources. They keep what is known for certain apart from what neighbours tell.
const (
	MetricAttached uint32 = 0   // the networks that the interfaces are on
	MetricStatic   uint32 = 1   // given by hand
	MetricRIP      uint32 = 120 // learnt through RIP; the hops are added
)

// MaxPaths is how many routes there can be to one network.
const MaxPaths = 16

// path is what a route says besides its network.
type path struct {
	via    netip.Addr
	iface  int
	metric uint32
}

// pathSet is the way or the ways that lead to a network, best first.
type pathSet struct {
	paths []path
	best  int // how many of them are equally good
	users int // networks that have this set
}

// choose returns the path that a hash stands for: each of those that are equally good gets a region of equal size of what
// hashes there are ("hash-threshold", RFC 2992).
func (s *pathSet) choose(hash uint32) *path {
	return &s.paths[uint64(hash)*uint64(s.best)>>32]
}

// pathSets are the sets that are in use. Most of a million routes lead to one of a few neighbours, so networks
// that are reached in the same single way share a set.
type pathSets struct {
	sets   []pathSet
	free   []uint32
	single map[path]uint32
}

// add returns the set of these paths, of which there is at least one.
func (s *pathSets) add(paths []path) uint32 {
	if i, ok := s.single[paths[0]]; ok && len(paths) == 1 {
		s.sets[i].users++
		return i
	}
	set := pathSet{paths: paths, best: 1, users: 1}
	for set.best < len(paths) && paths[set.best].metric == paths[0].metric {
		set.best++
	}
	i := uint32(len(s.sets))
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
		s.sets[i] = set
	} else {
		s.sets = append(s.sets, set)
	}
	if len(paths) == 1 {
		if s.single == nil {
			s.single = map[path]uint32{}
		}
		s.single[paths[0]] = i
	}
	return i
}

// remove says that one network less has the set.
func (s *pathSets) remove(i uint32) {
	set := &s.sets[i]
	if set.users--; set.users > 0 {
		return
	}
	if len(set.paths) == 1 {
		delete(s.single, set.paths[0])
	}
	*set = pathSet{}
	s.free = append(s.free, i)
}

// with returns the paths with one more, which replaces the one through the same neighbour. Of equals the newest comes
// last, so that it changes nothing for flows of others.
func with(paths []path, p path) []path {
	paths = without(paths, p.via, p.iface)
	at := len(paths)
	for at > 0 && paths[at-1].metric > p.metric {
		at--
	}
	return slices.Insert(paths, at, p)
}

// without returns the paths, in a slice of their own, without the one through a neighbour.
func without(paths []path, via netip.Addr, iface int) []path {
	return slices.DeleteFunc(slices.Clone(paths), func(p path) bool { return p.via == via && p.iface == iface })
}
