package tui

import (
	"fmt"
	"net/netip"
	"strings"

	"netlab/capture"
	"netlab/flow"
	"netlab/wire"
)

// viewOf makes a pane that is to be so many lines high.
func (r *replay) viewOf(p pane, height int) view {
	h := head{number: r.numberOf(p), title: paneTitle(p), focused: r.focus == p, beside: r.paneName(r.beside(p))}
	switch p {
	case inFindings:
		h.about = r.findingsAbout()
		return findingsPane{h, r.look, r.findings, r.finding(), r.selected, r.unkept, r.loaded}
	case inStream:
		return r.talkPane(h)
	case inLadder:
		return r.ladderPane(h, height)
	case inExplain, inLayers, inBytes:
		return r.packetPane(p, h)
	case inStates, inVariables, inSequence, inWindows:
		return r.tcpPane(p, h)
	case inMessages, inAgreed, inSchedule, inFields, inClear:
		return r.tlsPane(p, h)
	case inRequests, inExchange:
		return r.httpPane(p, h)
	case inMap, inTraffic, inFlows:
		return r.mapPane(p, h)
	}
	h.about = r.listAbout()
	return listPane{h, r}
}

// packetPane is a pane about the selected packet.
func (r *replay) packetPane(p pane, h head) view {
	o := r.openPacket()
	switch {
	case r.selected == 0:
		return emptyPane{h, r.look, "no packet yet"}
	case o.waiting:
		return emptyPane{h, r.look, waitingWords}
	case o.err != nil:
		return emptyPane{h, r.look, "! " + o.err.Error()}
	case p == inExplain:
		return r.explainPane(h)
	case p == inLayers:
		return r.layersPane(h)
	}
	h.about = count(len(o.record.Packet), "octet")
	if o.record.Length > len(o.record.Packet) {
		h.about = fmt.Sprintf("%d of %d octets captured", len(o.record.Packet), o.record.Length)
	}
	if o.sealed > 0 {
		h.about += fmt.Sprintf("   {} %d decrypted", len(o.octets)-o.sealed)
	}
	return octetsPane{h, r.look, o.octets, r.chosenField(), r.octet, o.sealed}
}

// emptyPane says why there is nothing to show.
type emptyPane struct {
	head
	look *look
	text string
}

// View draws it.
func (p emptyPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	c.putIn(2, 1, width-3, dim, p.text)
	return c.String()
}

func (r *replay) chosenField() *wire.Node {
	list := fields(r.openPacket().layers)
	if i := r.choice.index(list); i >= 0 {
		return list[i].Node
	}
	return nil
}

// numbers are what the selected packet's relative sequence numbers count from.
func (r *replay) numbers() numbers {
	p, ok := r.file.Place(r.selected)
	if !ok || p.Transport != "TCP" {
		return numbers{}
	}
	return numbers{p.ISN[p.Dir], p.ISN[1-p.Dir], p.ISNKnown[p.Dir], p.ISNKnown[1-p.Dir]}
}

// octetsShort writes a number of octets in few characters.
func octetsShort(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	case n >= 10_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d B", n)
}

func (r *replay) layersPane(h head) layersPane {
	o := r.openPacket()
	p := layersPane{head: h, look: r.look, layers: o.layers, octets: o.octets, selected: r.chosenField(), numbers: r.numbers(), raw: r.raw}
	p.physical = "what the capture does not show"
	p.link = o.record.LinkType.String()
	return p
}

func (r *replay) explainPane(h head) textPane {
	p := textPane{head: h, look: r.look, lines: r.explanation}
	if r.selected > 0 {
		p.about = "packet " + decimal(r.selected)
	}
	if r.focus == inExplain {
		p.scroll = r.scroll
	}
	return p
}

// before is what the packet before the selected one in its stream was.
func (r *replay) before() string {
	if near := r.file.Near(r.selected, 1, 0); len(near) == 2 {
		return r.line(near[0]).What
	}
	return ""
}

// isFound reports whether something of a kind was found about the selected packet.
func (r *replay) isFound(kind flow.Kind) bool {
	for i := r.findingsUpTo(r.selected); i >= 0 && r.findings[i].Packet == r.selected; i-- {
		if r.findings[i].Kind == kind {
			return true
		}
	}
	return false
}

// explanation is all that is to be said of the selected packet.
func (r *replay) explanation(width int) []line {
	var lines []line
	add := writer(&lines, width)
	o, sum := r.openPacket(), r.line(r.selected)
	found := r.findingsOf(r.selected)
	for _, l := range found {
		add(l.st, l.text)
	}
	if what, ref := purpose(o.layers, sum, r.before(), r.isFound); what != "" && !(sum.Again && len(found) > 0) {
		if !ref.IsZero() {
			what += " (" + ref.Short() + ")"
		}
		add(plain, what)
	}
	if sum.Problem != "" {
		add(lost, "! "+sum.Problem)
	}
	if p, ok := r.file.Place(r.selected); ok && p.Stream >= 0 {
		what, until := "connection", ""
		if p.Transport == "UDP" {
			what = "flow"
		}
		if !r.loaded {
			until = " so far"
		}
		add(plain, fmt.Sprintf("%s %s %d: %s up, %d down%s", p.Transport, what, p.Stream, count(p.Packets[0], "packet"), p.Packets[1], until))
	}
	for _, comment := range o.record.Comments {
		add(plain, "Comment: "+comment)
	}
	if f := r.chosenField(); f != nil {
		if len(lines) > 0 {
			lines = append(lines, line{})
		}
		at := *f
		sealed := o.sealed > 0 && f.Bit >= 8*o.sealed
		if sealed {
			at.Bit -= 8 * o.sealed
		}
		explainPane{selected: &at, sealed: sealed, row: row{numbers: r.numbers(), from: sum.Src, to: sum.Dst}, raw: r.raw}.field(add)
	}
	return lines
}

// listAbout says how many packets are shown, and of which.
func (r *replay) listAbout() string {
	if !r.shown.active {
		return count(r.packets, "packet")
	}
	return fmt.Sprintf("%d shown of %d   filter: %s", r.count(), r.packets, r.shown.filter)
}

// endsIn writes both ends of a packet into columns of so many characters: ports alone where all rows are of the same two hosts.
func endsIn(sum capture.Summary, portsOnly bool, width int) (from, to string) {
	from, to = sum.Src, sum.Dst
	if portsOnly {
		from, to = portOf(from), portOf(to)
	}
	return cutLeft(from, width), cutLeft(to, width)
}

// portOf leaves of an address its port.
func portOf(s string) string {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ":" + decimal(int(ap.Port()))
	}
	return s
}

// cutLeft shortens s to width columns at its beginning: what tells ends apart is at the end.
func cutLeft(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	return "…" + string(runes[len(runes)-width+1:])
}

// hostsOfLine returns the two hosts of a packet, in any order, as one text.
func hostsOfLine(sum capture.Summary) string {
	host := func(s string) string {
		if ap, err := netip.ParseAddrPort(s); err == nil {
			return ap.Addr().String()
		}
		return s
	}
	a, b := host(sum.Src), host(sum.Dst)
	if strings.Compare(a, b) > 0 {
		a, b = b, a
	}
	return a + " " + b
}
