package dns

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	codec "github.com/miekg/dns"
)

// ErrZone is what every error about a zone's contents wraps.
var ErrZone = errors.New("dns: not a zone")

// MaxZoneRecords is how many records a zone may have.
const MaxZoneRecords = 1 << 16

// defaultTTL is how long records are remembered that do not say, in seconds: in a lab one wants to see them expire.
const defaultTTL = 60

// Zone is what a server has authority over: all names from its origin down, except for those that it has delegated.
type Zone struct {
	origin  string // canonical: "lab."
	soa     *codec.SOA
	names   map[string]sets // by canonical name; one that has only names below it (RFC 8020: an empty non-terminal) has no sets
	records int
}

// sets are the records of one name by their type.
type sets map[uint16][]codec.RR

// ParseZone reads a master file (RFC 1035, Section 5). origin is the zone's name; names that do not end with a dot are below it. file is for
// error messages, which name the line.
func ParseZone(origin, file, text string) (*Zone, error) {
	if _, ok := codec.IsDomainName(origin); !ok {
		return nil, fmt.Errorf("%w: %q is no name for a zone", ErrZone, origin)
	}
	z := &Zone{origin: codec.CanonicalName(origin), names: map[string]sets{}}
	parser := codec.NewZoneParser(strings.NewReader(text), z.origin, file)
	parser.SetDefaultTTL(defaultTTL)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if err := z.add(rr); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrZone, file, err)
		}
	}
	if err := parser.Err(); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrZone, strings.Replace(err.Error(), "dns: ", "", 1))
	}
	if z.soa == nil {
		return nil, fmt.Errorf("%w: %s: %s has no SOA record", ErrZone, file, Shown(z.origin))
	}
	return z, nil
}

// add puts a record into the zone.
func (z *Zone) add(rr codec.RR) error {
	head := rr.Header()
	name := codec.CanonicalName(head.Name)
	head.Name = name
	switch {
	case head.Class != codec.ClassINET:
		return fmt.Errorf("%s: class %d: only that of the Internet is served", Shown(name), head.Class)
	case !codec.IsSubDomain(z.origin, name):
		return fmt.Errorf("%s is not in the zone %s", Shown(name), Shown(z.origin))
	case z.records == MaxZoneRecords:
		return fmt.Errorf("more than %d records", MaxZoneRecords)
	}
	if soa, is := rr.(*codec.SOA); is {
		if name != z.origin || z.soa != nil {
			return fmt.Errorf("%s: a zone has one SOA record, at its origin", Shown(name))
		}
		z.soa = soa
	}
	z.records++
	for above := name; ; { // names on the way down to this one exist too
		if z.names[above] == nil {
			z.names[above] = sets{}
		}
		if above == z.origin {
			break
		}
		above = parent(above)
	}
	here := z.names[name]
	here[head.Rrtype] = append(here[head.Rrtype], rr)
	// "If a CNAME RR is present at a node, no other data should be present; this ensures that the data for a canonical name
	// and its aliases cannot be different." RFC 1034, Section 3.6.2
	if len(here[codec.TypeCNAME]) > 1 || len(here[codec.TypeCNAME]) == 1 && len(here) > 1 {
		return fmt.Errorf("%s: an alias (CNAME) has no other records", Shown(name))
	}
	return nil
}

// Origin returns the zone's name: "lab.".
func (z *Zone) Origin() string { return z.origin }

// parent returns the name above another: "lab." for "h2.lab.".
func parent(name string) string {
	if i, end := codec.NextLabel(name, 0); !end {
		return name[i:]
	}
	return "."
}

// covers reports whether a canonical name is in the zone or below one of its delegations.
func (z *Zone) covers(name string) bool { return codec.IsSubDomain(z.origin, name) }

// cut returns the name servers of the delegation that a name is in or below; nil if the zone has authority over it.
func (z *Zone) cut(name string) []codec.RR {
	var servers []codec.RR
	for ; name != z.origin; name = parent(name) {
		if ns := z.names[name][codec.TypeNS]; ns != nil {
			servers = ns // the one nearest to the origin counts
		}
	}
	return servers
}

// wildcard returns the records that stand for a name which does not exist: those of the label * below the closest name that
// does (RFC 1034, Section 4.3.3). nil: there are none.
func (z *Zone) wildcard(name string) sets {
	for {
		name = parent(name)
		if z.names[name] != nil {
			return z.names["*."+strings.TrimPrefix(name, ".")]
		}
	}
}

// types returns the types of records that a name has, in ascending order.
func (s sets) types() []uint16 {
	types := make([]uint16, 0, len(s))
	for t := range s {
		types = append(types, t)
	}
	slices.Sort(types)
	return types
}
