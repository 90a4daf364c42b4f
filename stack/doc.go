// Package stack is a host or a router: it joins the cores of ip, udp and tcp, which know neither
// clock nor goroutine, to links below and to blocking applications above.
//
// # The way in
//
// A link hands packets to Host.Deliver, a batch at a time. The time is read once for the batch.
// Under Host.mu the network layer (ip.Node) checks each packet and says whether it is for this host,
// and one map look-up finds its connection. Then, under the connection's own lock, tcp.Conn.Receive
// takes the segments. A connection that gets several segments of a batch in a row stays locked over
// them, and answers them together.
//
// # The way out
//
// What a core wants to send is asked for (tcp.Conn.Next) after every call that may have changed it:
// a segment arrived, a timer went off, an application wrote or read. The goroutine that made the
// call builds the packets and hands them to the link itself; there is no goroutine in between.
// Conn.settle is the one place where this happens.
//
// # Locks
//
// Host.mu guards the network layer, the tables of connections, listeners and sockets, and ports.
// Conn.mu guards one connection and its tcp.Conn. In order of taking:
//
//	iface.in → Conn.mu → Listener.mu → Host.mu → timers.mu, batches.mu
//
// A connection's lock is never taken with Host.mu held. An interface's send function is called
// with locks held, so that packets of one connection stay in order: it must not call the host back
// before it returns.
//
// # Time
//
// Whatever waits or asks for the time goes through a Runtime: Real, or the simulated one of
// package sim. A host has one alarm; the deadlines of its connections lie in a heap.
package stack
