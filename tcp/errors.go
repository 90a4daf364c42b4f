package tcp

import "errors"

// What Parse finds wrong with octets that should be a segment.
var (
	ErrTruncated = errors.New("tcp: segment is cut short")
	ErrHeader    = errors.New("tcp: malformed header")
)

// What ends a connection, or a call on it.
var (
	ErrReset   = errors.New("tcp: connection reset by peer")
	ErrRefused = errors.New("tcp: connection refused")
	ErrTimeout = errors.New("tcp: connection timed out")
	ErrClosing = errors.New("tcp: connection closing") // Write after Close
	ErrClosed  = errors.New("tcp: connection closed")  // after Abort

	ErrAddressGone = errors.New("tcp: the local address is gone")
	ErrUnreachable = errors.New("tcp: host unreachable")
)
