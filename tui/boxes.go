package tui

import (
	"strings"

	"netlab/stream"
	"netlab/wire"
)

// boxes returns the layers that have octets, those of pseudo-headers in captures left out, and what is to be said of the others.
func (p layersPane) boxes() []box {
	var boxes []box
	top := 0 // the highest layer so far
	secured := false
	for i := range p.layers {
		n := &p.layers[i]
		number, name := layerOf(n.Key)
		if number < 2 || n.Width == 0 && number == 7 {
			continue
		}
		if n.Key == "eth.padding" {
			boxes[0].chips = append(boxes[0].chips, chip{"padding " + count(n.Width/8, "octet"), n.Bit, p.selected != nil && contains(n, p.selected), false})
			boxes[0].held = boxes[0].held || p.selected != nil && contains(n, p.selected)
			continue
		}
		part := number == 7 && top == 3 // a fragment without the header of what it carries
		if part {
			name = "4 to 7 · part of a larger packet"
		}
		if n.Key == stream.OpenedKey+".data" && len(n.Children) > 0 {
			if _, of := layerOf(n.Children[0].Key); n.Children[0].Key == "http" || n.Children[0].Key == "http2" {
				name = strings.Replace(of, "· ", "· {} ", 1) + ", decrypted"
			}
		}
		b := box{title: name, size: count(n.Width/8, "octet"), bit: n.Bit}
		b.chips = p.fields(n)
		b.held = p.selected != nil && contains(n, p.selected)
		switch {
		case number == 6:
			b.lines = records(n)
		case number == 7:
			b.lines = content(p.octets, n)
		}
		secured = secured || number == 6
		boxes = append(boxes, b)
		if part {
			return boxes
		}
		top = max(top, number)
	}
	if len(boxes) == 0 {
		return []box{{title: "not a packet that is known here"}}
	}
	last := len(boxes) - 1
	switch {
	case top == 6 && p.layers[len(p.layers)-1].Key == stream.OpenedKey:
		boxes[last].notes = []string{"7 Application   no data in this one"}
	case top == 6:
		boxes[last].notes = []string{"7 Application   encrypted, or none in this one"}
	case top == 7 && secured:
	case top == 7 && last > 0:
		boxes[last-1].notes = []string{"5 Session       none in TCP/IP", "6 Presentation  none: no TLS here"}
	case top == 4:
		boxes[last].notes = []string{"5 Session       none in TCP/IP", "6 Presentation  none", "7 Application   no data in this one"}
	case top == 2:
		boxes[last].notes = []string{"3 to 7          none above ARP"}
	case top == 3:
		boxes[last].notes = []string{"4 to 7          none above ICMP"}
	}
	return boxes
}

// layerOf returns the layer that a protocol belongs to, and the title of its box.
func layerOf(key string) (number int, title string) {
	switch key {
	case "ip":
		return 3, "3 Network · IPv4"
	case "ipv6":
		return 3, "3 Network · IPv6"
	case "icmp":
		return 3, "3 Network · ICMP"
	case "icmpv6":
		return 3, "3 Network · ICMPv6"
	case "tcp":
		return 4, "4 Transport · TCP"
	case "udp":
		return 4, "4 Transport · UDP"
	case "http":
		return 7, "7 Application · HTTP"
	case "dns":
		return 7, "7 Application · DNS"
	case "dhcp":
		return 7, "7 Application · DHCP"
	case "http2":
		return 7, "7 Application · HTTP/2"
	case "websocket":
		return 7, "7 Application · WebSocket"
	case "tls":
		return 6, "6 Presentation · TLS"
	case stream.OpenedKey:
		return 6, "6 Presentation · {} TLS, decrypted"
	case stream.OpenedKey + ".data":
		return 7, "7 Application · {} data, decrypted"
	case "dns.length":
		return 7, "7 Application · length of what follows"
	case "eth":
		return 2, "2 Link · Ethernet"
	case "vlan":
		return 2, "2 Link · VLAN tag"
	case "arp":
		return 2, "2 Link · ARP"
	case "eth.padding":
		return 2, "2 Link · padding"
	case "sll", "null":
		return 1, "2 Link"
	}
	return 7, "7 Application · data"
}

func contains(n, inner *wire.Node) bool {
	return n.Bit <= inner.Bit && inner.Bit+inner.Width <= n.Bit+n.Width
}

// fields returns the fields of a layer that tell most, and the selected one.
func (p layersPane) fields(n *wire.Node) []chip {
	var chips []chip
	shown := false
	for _, key := range mainFields(n.Key) {
		f := n.Find(key)
		if f == nil {
			continue
		}
		text := p.chip(f)
		if text == "" {
			continue
		}
		marked := p.selected != nil && contains(f, p.selected)
		if ack := n.Find("tcp.flags.ack"); key == "tcp.ack_raw" && !marked && ack != nil && ack.Uint == 0 {
			continue // there is a number, but it does not count
		}
		if response := n.Find("dns.flags.response"); key == "dns.flags.rcode" && !marked && response != nil && response.Uint == 0 {
			continue // a question has no result
		}
		shown = shown || marked
		chips = append(chips, chip{text, f.Bit, marked, f.Note != ""})
	}
	if n.Note != "" {
		chips = append(chips, chip{text: "! " + n.Note, bit: n.Bit, wrong: true})
	}
	if p.selected != nil && !shown && contains(n, p.selected) && layerNumber(n.Key) < 7 {
		chips = append(chips, chip{strings.ToLower(p.selected.Name) + " " + p.selected.Value, p.selected.Bit, true, p.selected.Note != ""})
	}
	return chips
}

func layerNumber(key string) int {
	n, _ := layerOf(key)
	return n
}

func mainFields(layer string) []string {
	switch layer {
	case "eth":
		return []string{"eth.src", "eth.dst", "eth.type"}
	case "vlan":
		return []string{"vlan.id", "vlan.priority", "vlan.etype"}
	case "arp":
		return []string{"arp.opcode", "arp.src.proto_ipv4", "arp.src.hw_mac", "arp.dst.proto_ipv4", "arp.dst.hw_mac"}
	case "ip":
		return []string{"ip.src", "ip.dst", "ip.ttl", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.id", "ip.len", "ip.checksum"}
	case "ipv6":
		return []string{"ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.fraghdr.more", "ipv6.fraghdr.offset", "ipv6.fraghdr.ident", "ipv6.flow", "ipv6.plen"}
	case "tcp":
		return []string{"tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.checksum", "tcp.options"}
	case "udp":
		return []string{"udp.srcport", "udp.dstport", "udp.length", "udp.checksum"}
	case "dns":
		return []string{"dns.id", "dns.flags.authoritative", "dns.flags.truncated", "dns.flags.recdesired", "dns.flags.rcode"}
	case "dhcp":
		return []string{"dhcp.id", "dhcp.flags.bc", "dhcp.ip.client", "dhcp.ip.your"}
	case "icmp":
		return []string{"icmp.type", "icmp.code", "icmp.ident", "icmp.seq", "icmp.checksum"}
	case "icmpv6":
		return []string{
			"icmpv6.type", "icmpv6.code", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "icmpv6.mtu", "icmpv6.pointer",
			"icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.checksum",
		}
	}
	return nil
}

func fieldLabel(key string) string {
	switch key {
	case "tcp.window_size_value":
		return "window"
	case "ip.len":
		return "total"
	case "icmp.ident", "icmpv6.echo.identifier", "ipv6.fraghdr.ident":
		return "id"
	case "icmpv6.echo.sequence_number":
		return "seq"
	case "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address":
		return "target"
	case "ipv6.plen":
		return "payload"
	}
	return key[strings.LastIndexByte(key, '.')+1:]
}

// optionWords names the options of a TCP header: "mss 1460, wscale 7, sack ok".
func optionWords(options *wire.Node) string {
	var words []string
	for i := range options.Children {
		o := &options.Children[i]
		switch {
		case o.Find("tcp.options.mss_val") != nil:
			words = append(words, "mss "+o.Find("tcp.options.mss_val").Value)
		case o.Find("tcp.options.wscale.shift") != nil:
			words = append(words, "scale "+o.Find("tcp.options.wscale.shift").Value)
		case o.Find("tcp.options.sack_le") != nil:
			words = append(words, "sack")
		case strings.Contains(o.Key, "sack_perm"):
			words = append(words, "sack ok")
		case o.Find("tcp.options.timestamp.tsval") != nil:
			words = append(words, "time stamps")
		}
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, ", ")
}

// parts are the parts of a message that have parts themselves, a line each: "Answer h2.lab A 10.0.2.20".
func parts(n *wire.Node) []string {
	var lines []string
	for i := range n.Children {
		if part := &n.Children[i]; len(part.Children) > 0 {
			lines = append(lines, part.Name+" "+part.Value)
		}
	}
	return lines
}

// records are the records or messages of TLS, a line each: "Certificate", "Application Data: 98 octets".
func records(n *wire.Node) []string {
	var lines []string
	for i := range n.Children {
		part := &n.Children[i]
		line := part.Name
		if part.Value != "" {
			line += ": " + part.Value
		}
		lines = append(lines, line)
	}
	return lines
}

// content returns what a layer carries as lines of text.
func content(octets []byte, n *wire.Node) []string {
	if n.Key == "dns" || n.Key == "dhcp" {
		return parts(n)
	}
	from, to := n.Octets()
	if from >= len(octets) || from >= to {
		return nil
	}
	text := string(octets[from:min(to, len(octets))])
	if len(text) > 1024 {
		text = text[:1024]
	}
	var lines []string
	for _, line := range strings.Split(text, "\r\n") {
		lines = append(lines, printable(line))
	}
	for len(lines) > 1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// printable replaces what is no printable ASCII by dots, as the octets pane does.
func printable(s string) string {
	b := []byte(s)
	for i, o := range b {
		if o < ' ' || o > '~' {
			b[i] = '.'
		}
	}
	return string(b)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return decimal(n) + " " + what + "s"
}

// chip writes a field in few characters; empty if it is not worth any.
func (p layersPane) chip(f *wire.Node) string {
	switch f.Key {
	case "eth.src", "ip.src", "ipv6.src", "tcp.srcport", "udp.srcport":
		return f.Value
	case "eth.dst", "ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport":
		return "→ " + f.Value
	case "arp.src.proto_ipv4":
		return "sender " + f.Value
	case "arp.dst.proto_ipv4":
		return "target " + f.Value
	case "arp.src.hw_mac":
		return "at " + f.Value
	case "arp.dst.hw_mac":
		if f.Uint == 0 {
			return "at ?"
		}
		return "at " + f.Value
	case "tcp.flags", "icmp.type", "icmpv6.type", "arp.opcode", "eth.type":
		return f.Value
	case "ip.flags.df", "ip.flags.mf":
		if f.Uint == 0 {
			return ""
		}
		return strings.ToUpper(f.Key[len(f.Key)-2:])
	case "dns.flags.authoritative", "dns.flags.truncated", "dns.flags.recdesired":
		if f.Uint == 0 {
			return ""
		}
		return strings.ToLower(f.Name)
	case "dhcp.flags.bc":
		if f.Uint == 0 {
			return ""
		}
		return "answer by broadcast"
	case "dhcp.ip.client", "dhcp.ip.your":
		if f.Uint == 0 {
			return ""
		}
		return strings.ToLower(f.Name) + " " + f.Value
	case "dns.flags.rcode":
		return f.Value
	case "ipv6.fraghdr.more":
		if f.Uint == 0 {
			return ""
		}
		return "more"
	case "ip.frag_offset", "ipv6.fraghdr.offset":
		if f.Uint == 0 {
			return ""
		}
		return "offset " + f.Value
	case "ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum":
		if f.Note != "" {
			return "! checksum " + f.Note
		}
		return "checksum ok"
	case "tcp.seq_raw", "tcp.ack_raw":
		text, _ := p.numbers.number(f, p.raw)
		return f.Key[4:7] + " " + text
	case "tcp.options":
		return optionWords(f)
	}
	return fieldLabel(f.Key) + " " + f.Value
}
