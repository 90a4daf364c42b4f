package tui

// choice is which field of a packet the user has chosen: of the next packet it is the field with the same key.
type choice struct {
	picked bool   // a field was selected by hand; otherwise it is the one that tells most
	field  string // key of the selected field
	octet  int    // one of its octets, to tell fields with the same key apart
}

// index returns the index of the selected field among those of a packet; -1 if it has none.
func (c *choice) index(list []field) int {
	found := -1
	for i, f := range list {
		from, to := f.Octets()
		if !c.picked || f.Key != c.field {
			continue
		}
		if found < 0 || c.octet >= from && c.octet < to {
			found = i
		}
	}
	if found < 0 && len(list) > 0 {
		found = telling(list)
	}
	return found
}

// move selects another field.
func (c *choice) move(list []field, by int) {
	if len(list) == 0 {
		return
	}
	i := min(max(c.index(list)+by, 0), len(list)-1)
	c.picked, c.field = true, list[i].Key
	c.octet, _ = list[i].Octets()
}

// pick selects the field that holds a bit of the packet, counted from 0.
func (c *choice) pick(list []field, bit int) {
	for _, f := range list {
		if bit >= f.Bit && bit < f.Bit+f.Width {
			c.picked, c.field, c.octet = true, f.Key, bit/8
			return
		}
	}
}

// moveOctet selects the field that holds the octet so many octets from the selected one, in a packet of so many octets.
func (c *choice) moveOctet(list []field, octets, by int) {
	i := c.index(list)
	if i < 0 {
		return
	}
	from, to := list[i].Octets()
	at := c.octet
	if at < from || at >= to {
		at = from
	}
	if at+by < 0 || at+by >= octets {
		return
	}
	if c.octet = at + by; c.octet >= from && c.octet < to {
		return
	}
	for _, f := range list {
		if from, to := f.Octets(); c.octet >= from && c.octet < to {
			c.picked, c.field = true, f.Key
			return
		}
	}
}
