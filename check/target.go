package check

import "time"

// Target is an implementation of TCP that is tested in virtual time: the time and octets are parameters, and nothing
// blocks. A new one is made for each script, so it begins without connections.
//
// It owns the address Local(ipv6) and reaches Peer(ipv6). Socket numbers are its own.
type Target interface {
	// Deliver hands it an IP packet that arrives. It may keep packet.
	Deliver(now time.Time, packet []byte)
	// Output returns the packets that it wants to send now, each from its first IP octet on; nil: none.
	Output(now time.Time) [][]byte
	// Deadline returns when Advance is to be called next, if nothing else happens before; zero: not needed.
	Deadline() time.Time
	// Advance does what is due.
	Advance(now time.Time)
	// Call makes a call of the application:
	//
	//	listen    N: backlog; Local: where           a socket
	//	connect   Local, Remote: the two ends        a socket, in SYN-SENT
	//	accept    Socket: one that listens           a socket, and Remote
	//	write     Socket, Data                       how many octets it took
	//	urgent    the same, up to an urgent pointer
	//	read      Socket, N: at most                 Data; N is 0 at the end of the stream
	//	shutdown  Socket, Name: write, read or both
	//	close     Socket
	//	abort     Socket
	//	set       Socket, Name: nodelay, keepalive, usertimeout, linger; N: 0, 1 or milliseconds
	//	error     Socket                             Err: what ended the connection, if anything
	//
	// If a call would block, the result says so and nothing has happened; it is made again later.
	Call(now time.Time, c Call) Result
	// Variable returns a variable of the connection of a socket (docs/scripts.md) and whether the target knows it; times are
	// nanoseconds, sequence numbers relative, what is true is "on".
	Variable(socket int, name string) (value string, known bool)
}

// Unsupported is what Result.Err says if a target has no such call. A script that needs it cannot be run there.
const Unsupported = "ENOSYS"
