package capture

import (
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/ether"
	"netlab/http"
	"netlab/http2"
	"netlab/ip"
	"netlab/quic"
	"netlab/rip"
	"netlab/tcp"
	"netlab/tls"
	"netlab/udp"
	"netlab/wire"
)

// layouts returns the headers that Dissect knows by their layouts.
func layouts() []wire.Layout {
	all := []wire.Layout{
		ether.HeaderLayout(), ether.TagLayout(), ether.ARPLayout(), SLLLayout(), SLL2Layout(), LoopbackLayout(), CHDLCLayout(),
		ip.HeaderLayout(), udp.HeaderLayout(), tcp.HeaderLayout(),
		ip.MessageLayout(ip.EchoRequest, 0), ip.MessageLayout(ip.Unreachable, ip.FragmentationNeeded),
		ip.MessageLayout(ip.Redirect, 0), ip.MessageLayout(ip.ParameterProblem, 0),
		ip.HeaderLayout6(), ip.ExtensionLayout(ip.HopByHopOptions), ip.ExtensionLayout(ip.RoutingHeader), ip.ExtensionLayout(ip.FragmentHeader),
		ip.ExtensionLayout(ip.DestinationOptions), ip.OptionLayout6(1),
		ip.MessageLayout(ip.EchoRequest6, 0), ip.MessageLayout(ip.PacketTooBig, 0), ip.MessageLayout(ip.ParameterProblem6, 0),
		AuthLayout(), rip.HeaderLayout(), rip.EntryLayout(), rip.PasswordLayout(),
		http.WebSocketLayout(126, true), http.WebSocketLayout(127, false),
	}
	for t := ip.RouterSolicitation; t <= ip.Redirect6; t++ {
		all = append(all, ip.MessageLayout(t, 0))
	}
	for kind := range 6 {
		all = append(all, ip.NDPOptionLayout(uint8(kind)))
	}
	return append(all, tcp.OptionLayouts()...)
}

// Keys returns the names of the fields that Dissect finds, sorted: what a filter may speak of.
func Keys() []string {
	// What the dissectors put together themselves, besides the fields of the layouts.
	keys := []string{
		"data", "data.data", "eth.padding", "tcp.flags", "tcp.len", "tcp.options", "ip.options", "ah.icv",
		"http", "http.request", "http.request.method", "http.request.uri", "http.request.version",
		"http.response", "http.response.code", "http.response.phrase", "http.response.version", "http.file_data",
		"websocket.payload", "websocket.payload.close.status_code", "websocket.payload.close.reason",
	}
	for _, f := range joinedFields() {
		keys = append(keys, f.Key)
	}
	keys = append(keys, dns.Keys()...)
	keys = append(keys, dhcp.Keys()...)
	keys = append(keys, tls.Keys()...)
	keys = append(keys, http2.Keys()...)
	keys = append(keys, quic.Keys()...)
	for _, l := range layouts() {
		keys = append(keys, l.Key)
		for _, f := range l.Fields {
			keys = append(keys, f.Key)
		}
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}

// FileFields returns what a filter of a capture may speak of, in the order of FileKeys: the name in the standard, the format and a sentence where a layout
// declares the field, else its key alone.
func FileFields() []wire.Field {
	known := map[string]wire.Field{}
	for _, f := range slices.Concat(placeFields(), fieldsBesideLayouts(), fieldsOfTLS(), dns.Fields(), dhcp.OptionFields()) {
		known[f.Key] = f
	}
	for _, l := range append(layouts(), dns.HeaderLayout(), dhcp.HeaderLayout(), tls.RecordLayout(), tls.MessageLayout(), tls.AlertLayout(), tls.ExtensionLayout(), tls.HelloLayout(),
		tls.TicketLayout(), http2.FrameLayout(), http2.PriorityLayout(), http2.SettingLayout(), http2.ErrorLayout(), http2.GoAwayLayout(), http2.WindowLayout(), http2.PromiseLayout(),
		quic.LongHeaderLayout(quic.Initial, quic.Version1, true), quic.LongHeaderLayout(quic.VersionNegotiation, quic.Negotiation, false), quic.LongHeaderLayout(quic.Retry, quic.Version1, false),
		quic.LongHeaderLayout(quic.Unknown, 2, false), quic.ShortHeaderLayout()) {
		known[l.Key] = wire.Field{Name: l.Name, Key: l.Key, Doc: l.Doc, Ref: l.Ref}
		for _, f := range l.Fields {
			if f.Doc != "" {
				known[f.Key] = f
			}
		}
	}
	for _, f := range append(quic.Fields(), joinedFields()...) {
		known[f.Key] = f
	}
	var all []wire.Field
	for _, key := range FileKeys() {
		f := known[key]
		f.Key = key
		all = append(all, f)
	}
	return all
}
