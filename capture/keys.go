package capture

import (
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/ether"
	"netlab/http"
	"netlab/http2"
	"netlab/ip"
	"netlab/rip"
	"netlab/tcp"
	"netlab/tls"
	"netlab/udp"
	"netlab/wire"
)

// Keys returns the names of the fields that Dissect finds, sorted: what a filter may speak of.
func Keys() []string {
	layouts := []wire.Layout{
		ether.HeaderLayout(), ether.TagLayout(), ether.ARPLayout(), SLLLayout(), SLL2Layout(), LoopbackLayout(),
		ip.HeaderLayout(), udp.HeaderLayout(), tcp.HeaderLayout(),
		ip.MessageLayout(ip.EchoRequest, 0), ip.MessageLayout(ip.Unreachable, ip.FragmentationNeeded),
		ip.MessageLayout(ip.Redirect, 0), ip.MessageLayout(ip.ParameterProblem, 0),
		ip.HeaderLayout6(), ip.ExtensionLayout(ip.HopByHopOptions), ip.ExtensionLayout(ip.RoutingHeader), ip.ExtensionLayout(ip.FragmentHeader),
		ip.ExtensionLayout(ip.DestinationOptions), ip.OptionLayout6(1),
		ip.MessageLayout(ip.EchoRequest6, 0), ip.MessageLayout(ip.PacketTooBig, 0), ip.MessageLayout(ip.ParameterProblem6, 0),
		rip.HeaderLayout(), rip.EntryLayout(), rip.PasswordLayout(),
		http.WebSocketLayout(126, true), http.WebSocketLayout(127, false),
	}
	// What the dissectors put together themselves, besides the fields of the layouts.
	keys := []string{
		"data", "data.data", "eth.padding", "tcp.flags", "tcp.len", "tcp.options", "ip.options",
		"http", "http.request", "http.request.method", "http.request.uri", "http.request.version",
		"http.response", "http.response.code", "http.response.phrase", "http.response.version", "http.file_data",
		"websocket.payload", "websocket.payload.close.status_code", "websocket.payload.close.reason",
	}
	keys = append(keys, dns.Keys()...)
	keys = append(keys, dhcp.Keys()...)
	keys = append(keys, tls.Keys()...)
	keys = append(keys, http2.Keys()...)
	for t := ip.RouterSolicitation; t <= ip.Redirect6; t++ {
		layouts = append(layouts, ip.MessageLayout(t, 0))
	}
	for kind := range 6 {
		layouts = append(layouts, ip.NDPOptionLayout(uint8(kind)))
	}
	for _, l := range append(layouts, tcp.OptionLayouts()...) {
		keys = append(keys, l.Key)
		for _, f := range l.Fields {
			keys = append(keys, f.Key)
		}
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}
