package capture

import (
	"strings"

	"github.com/gopacket/gopacket/layers"
)

// Service returns what a system port of "TCP" or "UDP" is registered for: "ssh"; empty: nothing, or nobody knows. What is really spoken there may be something
// else; on the ports above, which anybody may use, it mostly is.
//
// The System Ports, also known as the Well Known Ports, from 0-1023 (assigned by IANA). RFC 6335, Section 6
func Service(transport string, port uint16) string {
	if port > 1023 {
		return ""
	}
	words := layers.TCPPort(port).String()
	if transport == "UDP" {
		words = layers.UDPPort(port).String()
	}
	_, name, ok := strings.Cut(strings.TrimSuffix(words, ")"), "(")
	if !ok {
		return ""
	}
	return name
}
