package check

import (
	"errors"
	"io"
	"strconv"
	"time"

	"netlab/tcp"
)

// Call implements Target.
func (c *Core) Call(now time.Time, call Call) Result {
	switch call.Op {
	case "listen":
		backlog := call.N
		if c.cfg.Backlog > 0 {
			backlog = c.cfg.Backlog
		}
		if backlog <= 0 {
			backlog = 128
		}
		l := &coreListener{Listener: tcp.NewListener(c.cfg.TCP, backlog, c.tracer), backlog: backlog}
		if c.cfg.IPv6 { // NewListener takes the size for IPv4 and subtracts
			cfg := c.cfg.TCP
			cfg.MSS += 20
			l.Listener = tcp.NewListener(cfg, backlog, c.tracer)
		}
		c.listeners[call.Local.Port()] = l
		return c.socket(l)
	case "connect":
		conn := &coreConn{Conn: tcp.Dial(now, c.cfg.TCP, call.Local, call.Remote, c.tracer)}
		c.add(tcpKey{call.Local, call.Remote}, conn)
		c.settle(now, conn)
		return c.socket(conn)
	}
	if call.Socket < 1 || call.Socket > len(c.sockets) {
		return Result{Err: "EBADF"}
	}
	switch s := c.sockets[call.Socket-1].(type) {
	case *coreListener:
		return c.ofListener(now, s, call)
	case *coreConn:
		r := c.ofConn(now, s, call)
		c.settle(now, s)
		return r
	}
	return Result{Err: "EBADF"}
}

func (c *Core) socket(s any) Result {
	c.sockets = append(c.sockets, s)
	return Result{N: len(c.sockets)}
}

func (c *Core) ofListener(now time.Time, l *coreListener, call Call) Result {
	switch call.Op {
	case "accept":
		if len(l.queue) == 0 {
			return Result{Blocked: true}
		}
		conn := l.queue[0]
		l.queue = l.queue[1:]
		r := c.socket(conn)
		r.Remote = conn.Flow().Remote
		return r
	case "close":
		for port, other := range c.listeners {
			if other == l {
				delete(c.listeners, port)
			}
		}
		for _, conn := range c.all {
			if conn.listener == l { // half open: nobody will accept it
				conn.Abort(now)
				c.settle(now, conn)
			}
		}
		for _, conn := range l.queue {
			conn.Abort(now)
			c.settle(now, conn)
		}
		return Result{}
	case "set":
		return Result{}
	}
	return Result{Err: "EINVAL"}
}

func (c *Core) ofConn(now time.Time, conn *coreConn, call Call) Result {
	switch call.Op {
	case "write", "urgent":
		return c.write(now, conn, call)
	case "read":
		b := make([]byte, call.N)
		n, err := conn.Read(now, b)
		if n == 0 && err == nil && call.N > 0 {
			return Result{Blocked: true}
		}
		return Result{N: n, Data: b[:n], Err: errno(err, false)}
	case "shutdown":
		var err error
		if call.Name != "read" {
			err = conn.Close(now)
		}
		if call.Name != "write" {
			conn.CloseRead(now)
		}
		return Result{Err: errno(err, false)}
	case "close":
		if conn.linger {
			conn.Abort(now)
			return Result{}
		}
		_ = conn.Close(now) // as in package stack: a socket that is gone has nobody to tell
		conn.CloseRead(now)
		return Result{}
	case "abort":
		conn.Abort(now)
		return Result{}
	case "set":
		c.set(now, conn, call)
		return Result{}
	case "error":
		return Result{Err: errno(conn.Err(), false)}
	}
	return Result{Err: Unsupported}
}

func (c *Core) write(now time.Time, conn *coreConn, call Call) Result {
	write := conn.Write
	if call.Op == "urgent" {
		write = conn.WriteUrgent
	}
	n, err := write(now, call.Data)
	if n == 0 && err == nil && len(call.Data) > 0 {
		return Result{Blocked: true}
	}
	if errors.Is(err, io.EOF) {
		err = tcp.ErrClosing
	}
	return Result{N: n, Err: errno(err, true)}
}

func (c *Core) set(now time.Time, conn *coreConn, call Call) {
	switch call.Name {
	case "nodelay":
		conn.SetNoDelay(call.N != 0)
	case "keepalive":
		conn.SetKeepAlive(now, call.N != 0, time.Duration(max(0, call.N-1))*time.Millisecond)
		if call.N > 1 {
			conn.SetKeepAlive(now, true, time.Duration(call.N)*time.Millisecond)
		}
	case "usertimeout":
		conn.SetUserTimeout(time.Duration(call.N) * time.Millisecond)
	case "linger":
		conn.linger = true
	}
}

// Variable implements Target.
func (c *Core) Variable(socket int, name string) (string, bool) {
	switch name {
	case "connections":
		return strconv.Itoa(len(c.conns)), true
	case "halfopen", "dropped", "cookies":
		n := 0
		for _, l := range c.listeners {
			switch name {
			case "halfopen":
				n += l.HalfOpen()
			case "dropped":
				n += l.Dropped()
			default:
				sent, _ := l.Cookies()
				n += sent
			}
		}
		return strconv.Itoa(n), true
	}
	var conn *coreConn
	if socket >= 1 && socket <= len(c.sockets) {
		conn, _ = c.sockets[socket-1].(*coreConn)
	}
	if conn == nil { // not accepted yet: the one that came last
		if len(c.all) == 0 {
			return "CLOSED", name == "state"
		}
		conn = c.all[len(c.all)-1]
	}
	return snapshotVariable(conn, name)
}
