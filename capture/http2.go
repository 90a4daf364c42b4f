package capture

import (
	"netlab/http2"
	"netlab/wire"
)

// dissectHTTP2 returns the frames in the data of a segment, which begins at octet at; nil if it is anything but the beginning of a client's connection, or
// whole frames: that is how they are known in one packet.
func dissectHTTP2(data []byte, at int) []wire.Node {
	if !http2.Begins(data) {
		return nil
	}
	return http2.Dissect(data, 8*at)
}
