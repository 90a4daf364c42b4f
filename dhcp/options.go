package dhcp

import (
	"errors"

	"netlab/wire"
)

// Option is the code of an option (RFC 2132).
type Option uint8

// The options that are used here. Others are carried along and shown.
const (
	OptionPad         Option = 0
	OptionMask        Option = 1
	OptionRouter      Option = 3
	OptionDNS         Option = 6
	OptionHostName    Option = 12
	OptionDomain      Option = 15
	OptionBroadcast   Option = 28
	OptionRequested   Option = 50
	OptionLease       Option = 51
	OptionOverload    Option = 52
	OptionMessageType Option = 53
	OptionServerID    Option = 54
	OptionParameters  Option = 55
	OptionText        Option = 56
	OptionMaxSize     Option = 57
	OptionRenewal     Option = 58
	OptionRebinding   Option = 59
	OptionClientID    Option = 61
	OptionEnd         Option = 255
)

// kind says how an option's data is written.
type kind uint8

const (
	octetsKind kind = iota
	addressKind
	addressesKind
	secondsKind
	textKind
	messageKind
	optionsKind
	numberKind
)

// optionSpec says what an option is.
type optionSpec struct {
	code    Option
	name    string
	key     string // of its value, in filters
	kind    kind
	section string // of RFC 2132
	doc     string
}

// optionSpecs are the options that the dissector takes apart.
func optionSpecs() []optionSpec {
	return []optionSpec{
		{OptionMask, "Subnet Mask", "dhcp.option.subnet_mask", addressKind, "3.3", "Which part of the address names the network."},
		{OptionRouter, "Router", "dhcp.option.router", addressesKind, "3.5", "Routers on the client's network."},
		{OptionDNS, "Domain Name Server", "dhcp.option.domain_name_server", addressesKind, "3.8", "Where to ask for names."},
		{OptionHostName, "Host Name", "dhcp.option.hostname", textKind, "3.14", "The client's name."},
		{OptionDomain, "Domain Name", "dhcp.option.domain_name", textKind, "3.17", "Where to look for names without a dot."},
		{OptionBroadcast, "Broadcast Address", "dhcp.option.broadcast_address", addressKind, "5.3", "Stands for all hosts of the network."},
		{OptionRequested, "Requested Address", "dhcp.option.requested_ip_address", addressKind, "9.1", "The address that the client would like to have."},
		{OptionLease, "Lease Time", "dhcp.option.ip_address_lease_time", secondsKind, "9.2", "For how long the address is given, in seconds."},
		{OptionOverload, "Option Overload", "dhcp.option.option_overload", numberKind, "9.3", "Options go on in the fields for names."},
		{OptionMessageType, "Message Type", "dhcp.option.dhcp", messageKind, "9.6", "What the message is for."},
		{OptionServerID, "Server Identifier", "dhcp.option.dhcp_server_id", addressKind, "9.7", "Which server sends it, or is meant."},
		{OptionParameters, "Parameter Request List", "dhcp.option.request_list_item", optionsKind, "9.8", "The options that the client wants to be told."},
		{OptionText, "Message", "dhcp.option.message", textKind, "9.9", "Why, in words for people."},
		{OptionMaxSize, "Maximum Message Size", "dhcp.option.dhcp_max_message_size", numberKind, "9.10", "The largest message that the client takes, in octets."},
		{OptionRenewal, "Renewal Time (T1)", "dhcp.option.renewal_time_value", secondsKind, "9.11", "When to ask the server for more time, in seconds."},
		{OptionRebinding, "Rebinding Time (T2)", "dhcp.option.rebinding_time_value", secondsKind, "9.12", "When to ask any server for more time, in seconds."},
		{60, "Vendor Class", "dhcp.option.vendor_class_id", textKind, "9.13", "What the client is."},
		{OptionClientID, "Client Identifier", "dhcp.option.client_id", octetsKind, "9.14", "Tells this client from all others."},
	}
}

// specOf returns what an option is; an unknown one is octets.
func specOf(code Option) optionSpec {
	for _, s := range optionSpecs() {
		if s.code == code {
			return s
		}
	}
	return optionSpec{code: code, name: "unknown", key: "dhcp.option.value", section: "2", doc: "An option that this program does not know."}
}

// What can be wrong with options.
var (
	errOptionCut = errors.New("the option is cut short")
	errNoEnd     = errors.New("the options do not end")
)

// option is one option where it stands.
type option struct {
	code     Option
	at, size int // in the octets that it was read from, code and length included
	data     []byte
}

// nextOption reads the option at octet at. "Options may be fixed length or variable length. All options begin with a tag octet, which
// uniquely identifies the option. Fixed-length options without data consist of only a tag octet." RFC 2132, Section 2
func nextOption(b []byte, at int) (option, error) {
	o := option{code: Option(b[at]), at: at, size: 1}
	if o.code == OptionPad || o.code == OptionEnd {
		return o, nil
	}
	if at+2 > len(b) || at+2+int(b[at+1]) > len(b) {
		o.size = len(b) - at
		return o, errOptionCut
	}
	o.size = 2 + int(b[at+1])
	o.data = b[at+2 : at+o.size]
	return o, nil
}

func ref(section string) wire.Ref { return wire.RFC("2132", section) }
