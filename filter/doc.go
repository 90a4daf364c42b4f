// Package filter is the language in which packets are chosen: on the screen, in `replay --filter` and in `--drop`.
//
// Its core is Wireshark's: names of fields, compared with numbers, addresses and texts, joined by and, or, not
// and brackets:
//
//	tcp.port == 80 and not tcp.flags.syn
//	ip.addr == 10.0.1.0/24 || icmp
//	tcp.port in {80, 443, 8000..8080}
//	http.request.uri matches "\.(png|jpg)$"
//	frame[0:3] == 00:11:22
//	tcp.len > 0 #3
//
// A name alone is true where the packet has such a field; a flag alone is true where the flag is set. `#3` at the
// end chooses only the third packet that matches. Names are the keys of wire.Nodes; ip.addr, ipv6.addr, eth.addr,
// tcp.port and udp.port stand for source or destination, tcp.len and udp.len for the octets of data carried.
//
// Besides it has plain words, of which whoever asks says what they mean (Words):
//
//	host h1 and lost
//	link r1-r2
//	seq 5841..7301
package filter
