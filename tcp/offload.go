package tcp

// SetOffload tells the connection that its segments go out through something that cuts them up, as a network card does
// (TCP segmentation offload): Next may then give the data of several full segments at once, up to so many octets with
// its header, and says in Segment.Cut how long each is. 0: it may not. To the connection they are several segments all the same.
func (c *Conn) SetOffload(octets int) { c.offload = int32(max(0, octets-maxHeader)) }

// several returns how much of n octets goes out as whole segments of the size most, and that size; or most and 0 if it is
// only one, or if the segments would not all be alike.
func (c *Conn) several(n, most int) (octets, size int) {
	k := min(n, int(c.offload)) / most
	if k < 2 || c.snd.forced || c.snd.urgent || c.snd.mayFragment || c.ecn.cwr || c.sackOctets() > 0 || c.rec != nil && c.rec.probe.due {
		return most, 0
	}
	return k * most, most
}

// pushSent notes n sequence numbers from SND.NXT on as sent, in segments of a size; 0: in one.
func (c *Conn) pushSent(n, size int) {
	if size == 0 {
		size = n
	}
	for from := 0; from < n; from += size {
		c.sent.push(sent{seq: c.snd.nxt.Add(from), n: int32(min(size, n-from)), at: c.snd.sentAt})
		if from > 0 {
			c.counters.SegmentsOut++
		}
	}
}
