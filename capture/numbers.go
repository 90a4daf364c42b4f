package capture

// Numbers is a set of packets by their numbers, a bit each. Its zero value is empty.
type Numbers struct{ bits []uint64 }

// Add adds a packet.
func (n *Numbers) Add(number int) {
	for len(n.bits) <= number/64 {
		n.bits = append(n.bits, 0)
	}
	n.bits[number/64] |= 1 << (number % 64)
}

// Has reports whether a packet is in the set.
func (n *Numbers) Has(number int) bool {
	return number/64 < len(n.bits) && n.bits[number/64]&(1<<(number%64)) != 0
}
