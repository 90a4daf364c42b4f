package main

import "github.com/spf13/cobra"

// filterTopic is `netlab help filters`: the language of filters on a page.
func filterTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "filters",
		Short: "How packets are chosen: --filter, --drop, and / on the screen",
		Long: `One language chooses packets in replay --filter, in --drop and with / on the screen. Its core is Wireshark's.
docs/filters.md has all of it, with every field; on the screen Tab completes.

    tcp.port == 80 and not tcp.flags.syn    a name alone is true where there is such a field, or the flag is set
    ip.addr == 10.0.1.0/24                  an address or a network, as source or destination
    tcp.port in {80, 443, 8000..8080}       one of several, not in: none of them
    http.request.uri matches "\.png$"       a regular expression (RE2), capitals or not
    dns.qry.name contains "example"         a piece of a text
    frame contains "password"               octets, wherever in the packet
    tcp[13] & 0x12 == 2, eth.src[0:3] == 00:11:22
    len(dns.qry.name) > 60, count(ip.addr) > 2, lower(x), upper(x), string(x)
    all tcp.port > 1023, any ip.ttl < 5, ip.src == ip.dst

Comparisons: == (eq), != (ne: none is equal), < (lt), > (gt), <= (le), >= (ge), === (all are equal), !== (one is not), contains, matches (~), in.
They are joined by and (&&), or (||), not (!) and brackets. #3 at the end means the third packet that matches.

Plain words:

    lost                what was lost (captures, and lists of labs)
    retx, late          sent again; out of order
    host h1             from or to a host, by its name or address
    link r1-r2          over a link (r1>r2: this way), or captured on an interface
    seq 5841..7301      a segment with some of these octets; also tcp.seq and tcp.ack, relative, and tcp.seq_raw`,
	}
}
