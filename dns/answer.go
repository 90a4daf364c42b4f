package dns

import (
	"slices"

	codec "github.com/miekg/dns"
)

// maxAliases is how many aliases in a row a server or resolver follows: a chain of aliases may be a loop.
const maxAliases = 8

// answer is what a zone has to say to a question.
type answer struct {
	rcode         int
	authoritative bool
	referral      bool
	records       []codec.RR
	authority     []codec.RR
	additional    []codec.RR
}

// answer looks a name up: the algorithm of RFC 1034, Section 4.3.2, steps 3 and 6, for the data of one zone. name is canonical and
// covered by the zone.
func (z *Zone) answer(name string, qtype uint16) answer {
	a := answer{authoritative: true}
	for range maxAliases {
		// "b. If a match would take us out of the authoritative data, we have a referral."
		if servers := z.cut(name); servers != nil && (qtype != codec.TypeDS || servers[0].Header().Name != name) {
			a.authoritative = len(a.records) > 0 // an alias is ours even if what it stands for is not
			a.referral = true
			a.authority = servers
			z.glue(&a, servers)
			return a
		}
		here, owner := z.names[name], ""
		if here == nil {
			// "c. If at some label, a match is impossible …, look to see if the "*" label exists."
			if here, owner = z.wildcard(name), name; here == nil {
				a.rcode = codec.RcodeNameError
				z.negative(&a)
				return a
			}
		}
		// "If the data at the node is a CNAME, and QTYPE doesn't match CNAME, copy the CNAME RR into the answer section of the response,
		// change QNAME to the canonical name in the CNAME RR, and go back to step 1."
		if alias := here[codec.TypeCNAME]; alias != nil && qtype != codec.TypeCNAME && qtype != codec.TypeANY {
			a.records = append(a.records, named(alias, owner)...)
			name = codec.CanonicalName(alias[0].(*codec.CNAME).Target)
			if !z.covers(name) {
				return a // whoever asks goes on elsewhere
			}
			continue
		}
		found := here[qtype]
		if qtype == codec.TypeANY {
			found = smallest(here)
		}
		if found == nil {
			z.negative(&a)
			return a
		}
		a.records = append(a.records, named(found, owner)...)
		z.glue(&a, found)
		return a
	}
	return answer{rcode: codec.RcodeServerFailure}
}

// negative adds the SOA record, which says how long it may be remembered that there is nothing: "When the authoritative server
// creates this record its TTL is taken from the minimum of the SOA.MINIMUM field and SOA's TTL." RFC 2308, Section 3, shortened
func (z *Zone) negative(a *answer) {
	soa := *z.soa
	soa.Hdr.Ttl = min(soa.Hdr.Ttl, soa.Minttl)
	a.authority = []codec.RR{&soa}
}

// glue adds the addresses of hosts that records name, as far as the zone knows them.
func (z *Zone) glue(a *answer, records []codec.RR) {
	for _, rr := range records {
		target := ""
		switch rr := rr.(type) {
		case *codec.NS:
			target = rr.Ns
		case *codec.MX:
			target = rr.Mx
		case *codec.SRV:
			target = rr.Target
		default:
			return
		}
		here := z.names[codec.CanonicalName(target)]
		a.additional = append(append(a.additional, here[codec.TypeA]...), here[codec.TypeAAAA]...)
	}
}

// named returns records under another name: those of a wildcard under the name that was asked for.
func named(records []codec.RR, owner string) []codec.RR {
	if owner == "" {
		return records
	}
	copies := make([]codec.RR, len(records))
	for i, rr := range records {
		copies[i] = codec.Copy(rr)
		copies[i].Header().Name = owner
	}
	return copies
}

// smallest returns one set of a name's records: whoever asks for ANY gets what is least use for flooding others
// (RFC 8482, Section 4.1).
func smallest(here sets) []codec.RR {
	var best []codec.RR
	size := func(records []codec.RR) (n int) {
		for _, rr := range records {
			n += codec.Len(rr)
		}
		return n
	}
	for _, t := range here.types() {
		if set := here[t]; best == nil || size(set) < size(best) {
			best = set
		}
	}
	return slices.Clip(best)
}
