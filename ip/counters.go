package ip

// Counters say what became of the packets of a Node. They only grow.
type Counters struct {
	Received, Delivered, Forwarded, Sent uint64

	// Discarded on arrival: malformed, or with an address that cannot be.
	Truncated, Version, Malformed, Checksum, BadOption, SourceRoute, BadSource, ReversePath, NoNextHeader uint64
	// Discarded because of where they are bound for.
	NotOurs, Broadcast, BadDestination, NoRoute, NoHost, TTLExceeded, TooBig uint64
	// Fragments.
	FragmentsReceived, FragmentsSent, Reassembled, FragmentsDiscarded uint64
	// Whole packets of which not all fragments are kept: contradictions, too many holes, too late, no room.
	FragmentsOverlapping, FragmentsScattered, FragmentsLate, FragmentsEvicted uint64
	// A NAT.
	Translated, NATUnsolicited, NATFiltered, NATFull, NATUnknown uint64
	// ICMP.
	EchoesAnswered, ErrorsSent, ErrorsForbidden, ErrorsSilent, ErrorsLimited, ErrorsUnroutable, BadICMP, ICMPIgnored uint64
	// What ICMP says of path MTUs.
	PathMTULearnt, PathMTUIgnored uint64
}

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *Counters) Each(f func(name string, n uint64)) {
	f("packets received", c.Received)
	f("packets delivered", c.Delivered)
	f("packets forwarded", c.Forwarded)
	f("packets sent", c.Sent)
	f("discarded: cut short", c.Truncated)
	f("discarded: neither version 4 nor 6", c.Version)
	f("discarded: malformed header", c.Malformed)
	f("discarded: wrong header checksum", c.Checksum)
	f("discarded: malformed option", c.BadOption)
	f("discarded: source route", c.SourceRoute)
	f("discarded: impossible source address", c.BadSource)
	f("discarded: source not reached where the packet came from", c.ReversePath)
	f("discarded: nothing behind the headers", c.NoNextHeader)
	f("discarded: not for this host", c.NotOurs)
	f("discarded: broadcast or multicast", c.Broadcast)
	f("discarded: impossible destination address", c.BadDestination)
	f("discarded: no route", c.NoRoute)
	f("discarded: no such host on the network", c.NoHost)
	f("discarded: time to live ran out", c.TTLExceeded)
	f("discarded: too big for the next link", c.TooBig)
	f("fragments received", c.FragmentsReceived)
	f("fragments sent", c.FragmentsSent)
	f("packets reassembled", c.Reassembled)
	f("discarded: fragments", c.FragmentsDiscarded)
	f("packets given up: fragments that contradict each other", c.FragmentsOverlapping)
	f("packets given up: too many holes between fragments", c.FragmentsScattered)
	f("packets given up: fragments that did not come in time", c.FragmentsLate)
	f("packets given up: room for fragments of others", c.FragmentsEvicted)
	f("packets translated", c.Translated)
	f("discarded: unsolicited from outside", c.NATUnsolicited)
	f("discarded: filtered from outside", c.NATFiltered)
	f("discarded: no room for another session", c.NATFull)
	f("discarded: cannot be translated", c.NATUnknown)
	f("echo requests answered", c.EchoesAnswered)
	f("ICMP errors sent", c.ErrorsSent)
	f("ICMP errors not sent: forbidden", c.ErrorsForbidden)
	f("ICMP errors not sent: none are sent here", c.ErrorsSilent)
	f("ICMP errors not sent: rate limit", c.ErrorsLimited)
	f("ICMP errors not sent: no route", c.ErrorsUnroutable)
	f("discarded: malformed ICMP message", c.BadICMP)
	f("discarded: ICMP message of no use", c.ICMPIgnored)
	f("path MTUs learnt", c.PathMTULearnt)
	f("path MTUs not believed", c.PathMTUIgnored)
}
