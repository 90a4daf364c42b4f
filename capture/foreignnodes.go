package capture

import (
	"fmt"
	"net"
	"reflect"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/ether"
	"netlab/ip"
	"netlab/wire"
)

// foreign returns the layers of b, which begins at octet offset of the packet with something
// that is not IP.
func (d *dissector) foreign(next ether.Type, b []byte, offset int) []wire.Node {
	found, ours, at := foreignLayers(next, b)
	return d.foreignTree(found, ours, at, b, offset, mostTunnels)
}

// foreignTree returns what gopacket found in b as nodes, and an IP packet in it, which begins at octet at of b, as netlab's own.
func (d *dissector) foreignTree(found []foreignLayer, ours []byte, at int, b []byte, offset, tunnels int) []wire.Node {
	var nodes []wire.Node
	for _, l := range found {
		if failed, ok := l.Layer.(*gopacket.DecodeFailure); ok {
			data := d.leftOver(b, l.at, offset)
			for i := range data {
				data[i].Note = oneLine(failed.Error().Error())
			}
			return append(nodes, data...)
		}
		if l.size > 0 && l.at < len(b) && d.wants("data") {
			nodes = append(nodes, foreignNode(l, offset, len(b)))
		}
	}
	if ours != nil {
		return append(nodes, d.packetOfIP(b[at:], offset+at, tunnels)...)
	}
	return append(nodes, d.leftOver(b, at, offset)...)
}

// foreignNode returns one of gopacket's layers as a node of a packet that has size octets from offset on.
func foreignNode(l foreignLayer, offset, size int) wire.Node {
	width := min(l.size, size-l.at)
	bit := 8 * (offset + l.at)
	if l.LayerType() == gopacket.LayerTypePayload {
		return dataNode(l.LayerContents()[:width], bit)
	}
	return wire.Node{
		Name: l.LayerType().String(), Value: foreignWords(l.Layer) + " (" + byGopacket + ")", Bit: bit, Width: 8 * width,
		Doc: "netlab does not speak this itself: the fields are as gopacket names them.", Children: foreignFields(l.Layer, bit),
	}
}

// byGopacket is said of every layer that netlab does not speak itself.
const byGopacket = "read by gopacket"

// foreignFields returns the exported fields of a gopacket layer. gopacket does not say where in the
// layer each is, so they have no width.
func foreignFields(l gopacket.Layer, bit int) []wire.Node {
	v := reflect.Indirect(reflect.ValueOf(l))
	if v.Kind() != reflect.Struct {
		return nil
	}
	var nodes []wire.Node
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous || !f.IsExported() {
			continue
		}
		switch v.Field(i).Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Func:
			continue // how gopacket links its layers; an address in memory says nothing
		}
		nodes = append(nodes, wire.Node{Name: f.Name, Bit: bit, Value: fieldWords(v.Field(i).Interface())})
	}
	return nodes
}

func fieldWords(v any) string {
	switch v := v.(type) {
	case net.HardwareAddr, net.IP:
		return fmt.Sprint(v)
	case []byte:
		return fmt.Sprintf("%x", v)
	}
	return oneLine(fmt.Sprintf("%v", v))
}

// inside returns the layers of the packet that another carries as a tunnel, and of the headers between both; ok is false if it is none. h is of the other one,
// whose payload begins at octet at.
func (d *dissector) inside(h *header, at, tunnels int) (nodes []wire.Node, ok bool) {
	inner, n := h.tunnelled()
	if inner == nil || tunnels == 0 {
		return nil, false
	}
	from, f := 0, foreignProtocol(h.protocol)
	if h.protocol == ip.UDP {
		from, f = 8, foreignDatagram(h)
	}
	if from < n && d.wants("eth", tagLayer, "data") {
		nodes = wrapping(f, h.payload, from, n, at)
	}
	return append(nodes, d.packetOfIP(inner, at+n, tunnels-1)...), true
}

// wrapping returns the headers of a tunnel in octets from to n-1 of b, which begins at octet at of the packet: as gopacket knows them, and a frame of Ethernet as netlab does.
func wrapping(f gopacket.Decoder, b []byte, from, n, at int) (nodes []wire.Node) {
	var found []foreignLayer
	if f != nil {
		found, _, _ = foreignBy(f, b[from:], b[from:])
	}
	begin := from
	for _, l := range found {
		if _, ok := l.Layer.(*layers.Ethernet); ok {
			return append(nodes, ether.Dissect(b[begin:n], 8*(at+begin))...)
		}
		if begin != from+l.at || begin+l.size > n {
			break
		}
		nodes = append(nodes, foreignNode(foreignLayer{l.Layer, begin, l.size}, at, len(b)))
		begin += l.size
	}
	if begin < n {
		rest := dataNode(b[begin:n], 8*(at+begin))
		rest.Value = "the header of a tunnel, " + octets(n-begin)
		nodes = append(nodes, rest)
	}
	return nodes
}
