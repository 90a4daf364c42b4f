package sim

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"netlab/dns"
	"netlab/ether"
	"netlab/stack"
)

// appKind is something that a lab file can have a host do.
type appKind struct {
	name   string
	doc    string
	server bool // runs to the end of the network
	args   []appArg

	// run does it and returns what came of it, in words behind the name of the host. nil: Network.runner knows how.
	run func(h *stack.Host, a arguments) (result string, err error)
}

// appArg is an argument of an application.
type appArg struct {
	name  string
	kind  argKind
	value string // if the file gives none; empty: it must
	doc   string
}

// argKind says what an argument is.
type argKind uint8

const (
	numberArg      argKind = iota // 0 or more
	portArg                       // 1 to 65535
	durationArg                   // 200ms
	hostArg                       // h2, 10.0.2.20
	addressArg                    // h2:80, 10.0.2.20:80
	urlArg                        // http://h2/blob
	nameArg                       // h2.lab
	typeArg                       // A, AAAA, MX
	prefixArg                     // 10.0.1.30/24
	macArg                        // 02:00:00:00:00:02
	textArg                       // anything
	poolArg                       // 10.0.1.100-10.0.1.199
	linkArg                       // h1-r1, first
	choiceArg                     // yes, no
	certificateArg                // good, expired
)

// appKinds are the applications, in the order of the documentation.
func appKinds() []appKind {
	return []appKind{
		{"ping", "sends ICMP echo requests and waits for the replies", false, []appArg{
			{"to", hostArg, "", "the host to ask"},
			{"count", numberArg, "3", "how many requests"},
			{"interval", durationArg, "1s", "from one request to the next"},
			{"bytes", numberArg, "56", "octets of data in each"},
		}, runPing},
		{"http-server", "serves HTTP/1.1: `/`, `/bytes/N`, `/echo`, `/upload`, `/status/CODE`, `/events`, `/ws`, `/trace`, `/slow`", true, []appArg{
			{"port", portArg, "80", "where it listens"},
		}, runHTTPServer},
		{"https-server", "serves the same over TLS, with a certificate of the lab's authority, which its hosts trust", true, []appArg{
			{"port", portArg, "443", "where it listens"},
			{"certificate", certificateArg, "good", "`good`, or with a mistake: `expired`, `other-host`, `self-signed`, `unknown-authority`"},
			{"require-name", choiceArg, "no", "`yes`: it refuses clients that do not say which host they want (SNI)"},
		}, nil},
		{"http-get", "fetches a page", false, []appArg{
			{"url", urlArg, "", "the page, as in http://h2/ or https://h2/"},
		}, nil},
		{"http-post", "sends octets in the body of a request", false, []appArg{
			{"url", urlArg, "", "where to, as in http://h2/upload"},
			{"bytes", numberArg, "1000", "octets in the body"},
		}, nil},
		{"http-events", "follows an event stream (server-sent events), and comes back where its answers end", false, []appArg{
			{"url", urlArg, "", "the stream, as in http://h2/events"},
			{"count", numberArg, "10", "how many events"},
		}, nil},
		{"websocket", "opens a WebSocket, sends messages, waits for an answer to each, and closes it", false, []appArg{
			{"url", urlArg, "", "where, as in http://h2/ws"},
			{"count", numberArg, "3", "how many messages"},
			{"interval", durationArg, "0s", "before each message but the first"},
			{"text", textArg, "Hello", "each message"},
		}, nil},
		{"tcp-echo-server", "sends back what each connection sends", true, []appArg{
			{"port", portArg, "7", "where it listens"},
		}, runTCPEcho},
		{"tcp-sink", "reads what each connection sends, and throws it away", true, []appArg{
			{"port", portArg, "9", "where it listens"},
			{"pause", durationArg, "0s", "how long it waits before it reads"},
		}, runTCPSink},
		{"tcp-send", "sends octets, ends its side, and reads until the other side ends", false, []appArg{
			{"to", addressArg, "", "host and port, as in h2:7"},
			{"bytes", numberArg, "1000", "octets to send"},
		}, runTCPSend},
		{"udp-echo-server", "sends back each datagram", true, []appArg{
			{"port", portArg, "7", "where it listens"},
		}, runUDPEcho},
		{"udp-send", "sends datagrams and waits for an answer to each", false, []appArg{
			{"to", addressArg, "", "host and port, as in h2:7"},
			{"count", numberArg, "1", "how many datagrams"},
			{"bytes", numberArg, "64", "octets of data in each"},
			{"wait", durationArg, "1s", "for an answer"},
		}, runUDPSend},
		{"dns-server", "answers questions about a zone, on UDP and TCP", true, []appArg{
			{"domain", nameArg, defaultDomain, "the name of the zone"},
			{"zone", textArg, "hosts", "its records, as in a master file (RFC 1035); `hosts`: the addresses of the lab's hosts"},
		}, nil},
		{"dns-lookup", "asks the host's name server (`dns`) for a name", false, []appArg{
			{"name", nameArg, "", "the name, as in www.lab"},
			{"type", typeArg, "A", "the type of the records"},
		}, nil},
		{"dhcp-server", "leases addresses to clients on a link (RFC 2131)", true, []appArg{
			{"pool", poolArg, "", "the addresses, as in 10.0.1.100-10.0.1.199"},
			{"link", linkArg, "first", "the link, as in h1-r1; `first`: the host's first"},
			{"lease", durationArg, "10m", "for how long"},
			{"check", choiceArg, "no", "`yes`: an address is pinged before it is offered"},
		}, nil},
		{"dhcp-client", "gets an address for an interface, keeps it, and loses it when nobody renews the lease", true, []appArg{
			{"link", linkArg, "first", "the link, as in h1-r1; `first`: the host's first"},
		}, nil},
		{"take-address", "finds out whether an address is free on the Ethernet of the host's first link, and takes it if it is (RFC 5227)", false, []appArg{
			{"address", prefixArg, "", "the address with the length of the network's prefix, as in 10.0.1.30/24"},
			{"check", choiceArg, "yes", "`no`: takes it without asking"},
		}, runTakeAddress},
		{"set-neighbor", "enters a neighbour's hardware address by hand, so that nobody is asked for it; a wrong one is an experiment", false, []appArg{
			{"to", hostArg, "", "the neighbour"},
			{"mac", macArg, "", "its hardware address, as in 02:00:00:00:00:02"},
		}, runSetNeighbor},
	}
}

// describe returns the application with what matters of its arguments: "ping h2", "http-server on port 80".
func (k appKind) describe(a arguments) string {
	text := k.name
	for _, arg := range k.args {
		switch {
		case arg.kind == portArg:
			text += " on port " + a[arg.name]
		case arg.value == "":
			text += " " + a[arg.name]
		}
	}
	return text
}

func appNames() []string {
	var names []string
	for _, k := range appKinds() {
		names = append(names, k.name)
	}
	return names
}

func findApp(name string) (appKind, bool) {
	for _, k := range appKinds() {
		if k.name == name {
			return k, true
		}
	}
	return appKind{}, false
}

func (k appKind) arg(name string) (appArg, bool) {
	for _, a := range k.args {
		if a.name == name {
			return a, true
		}
	}
	return appArg{}, false
}

// check returns what is wrong with an argument, if anything is.
func (k appKind) check(t *Topology, name, text string) error {
	arg, ok := k.arg(name)
	if !ok {
		known := []string{"host", "at", "do"}
		for _, a := range k.args {
			known = append(known, a.name)
		}
		return fmt.Errorf("%s has no argument %q%s", k.name, name, suggest(name, known))
	}
	switch arg.kind {
	case numberArg:
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 1<<30 {
			return fmt.Errorf("%q is not a whole number from 0 to %d", text, 1<<30)
		}
	case portArg:
		return checkPort(text)
	case durationArg:
		_, err := parseDuration(text)
		return err
	case hostArg:
		return t.checkTarget(text)
	case addressArg:
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return fmt.Errorf("%q is not a host and a port, such as h2:7", text)
		}
		if err := checkPort(port); err != nil {
			return err
		}
		return t.checkTarget(host)
	case nameArg:
		return checkDomain(text)
	case poolArg:
		_, _, err := parsePool(text)
		return err
	case linkArg:
		return t.checkLink(text)
	case prefixArg:
		if _, err := netip.ParsePrefix(text); err != nil {
			return fmt.Errorf("%q is not an address with its network, such as 10.0.1.30/24", text)
		}
	case macArg:
		if _, err := ether.ParseMAC(text); err != nil {
			return fmt.Errorf("%q is not a hardware address, such as 02:00:00:00:00:02", text)
		}
	case choiceArg:
		if text != "yes" && text != "no" {
			return fmt.Errorf("%q is neither yes nor no", text)
		}
	case certificateArg:
		if !slices.Contains(certificates(), text) {
			return fmt.Errorf("%q is no kind of certificate: there are %s", text, strings.Join(certificates(), ", "))
		}
	case typeArg:
		if _, err := dns.ParseType(text); err != nil {
			return err
		}
	case urlArg:
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return fmt.Errorf("%q is not a URL such as http://h2/ or https://h2/", text)
		}
		if u.Port() != "" {
			if err := checkPort(u.Port()); err != nil {
				return err
			}
		}
		return t.checkTarget(u.Hostname())
	}
	return nil
}

func checkPort(text string) error {
	if n, err := strconv.ParseUint(text, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q is not a port from 1 to 65535", text)
	}
	return nil
}

// checkTarget returns an error unless text names a host or is an address.
func (t *Topology) checkTarget(text string) error {
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	err := t.checkRunner(text)
	if err != nil && strings.Contains(text, ".") && checkDomain(text) == nil && t.usesDNS() {
		return nil // whether there is such a name is found out when it is asked for
	}
	return err
}
