package ip

import "errors"

// What is wrong with a packet or message. Receive discards and counts such packets; only who parses
// by hand sees these errors.
var (
	ErrTruncated = errors.New("ip: packet is cut short")
	ErrVersion   = errors.New("ip: neither version 4 nor 6")
	ErrHeader    = errors.New("ip: header length is below 20 octets")
	ErrLength    = errors.New("ip: total length is below the header length")
	ErrChecksum  = errors.New("ip: wrong checksum")
	ErrExtension = errors.New("ip: extension headers in an order that cannot be, or too many")
	ErrOption    = errors.New("ip: an option has an illegal length")
)

// Why a packet of our own could not be sent.
var (
	ErrNoRoute = errors.New("ip: no route to destination")
	ErrTooBig  = errors.New("ip: packet is larger than the link takes")
	ErrSource  = errors.New("ip: source is not an address of this host")
)
