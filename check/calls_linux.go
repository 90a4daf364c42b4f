package check

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// ServeCalls makes the calls that come on in with the kernel's sockets, and writes to out what they returned, until in
// ends. It runs in the namespace whose kernel is tested.
func ServeCalls(in io.Reader, out io.Writer) error {
	k := kernelSockets{settings: map[string]string{}}
	d, e := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q question
		if err := d.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var a answer
		if q.Variable != "" {
			a.Value, a.Known = k.variable(q.Call.Socket, q.Variable)
		} else {
			a.Result = k.call(&q.Call)
		}
		if err := e.Encode(a); err != nil {
			return err
		}
	}
}

// kernelSockets makes calls on sockets that do not block. Their numbers are file descriptors.
type kernelSockets struct{ settings map[string]string }

func errnoName(err error) string {
	if err == nil {
		return ""
	}
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return "EINVAL"
}

func (k *kernelSockets) call(c *Call) Result {
	switch c.Op {
	case "configure":
		if c.Config.TCP.MinRTO == 0 { // the scripts have a second, of which the round trip is a part here; kernels before 6.11 cannot
			_ = os.WriteFile("/proc/sys/net/ipv4/tcp_rto_min_us", []byte("900000"), 0)
		}
		return Result{Err: k.configure(c.Config.Set)}
	case "listen", "connect":
		return k.open(c)
	case "accept":
		fd, from, err := unix.Accept4(c.Socket, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if errors.Is(err, unix.EAGAIN) {
			return Result{Blocked: true}
		}
		r := Result{N: fd, Err: errnoName(err)}
		switch a := from.(type) {
		case *unix.SockaddrInet4:
			r.Remote = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
		case *unix.SockaddrInet6:
			r.Remote = netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
		}
		if err == nil {
			k.options(fd)
		}
		return r
	case "write", "urgent":
		flags := unix.MSG_NOSIGNAL
		if c.Op == "urgent" {
			flags |= unix.MSG_OOB
		}
		n, err := unix.SendmsgN(c.Socket, c.Data, nil, nil, flags)
		return blocking(n, nil, err)
	case "read":
		b := make([]byte, c.N)
		n, err := unix.Read(c.Socket, b)
		return blocking(max(n, 0), b[:max(n, 0)], err)
	}
	return k.control(c)
}

func blocking(n int, data []byte, err error) Result {
	if errors.Is(err, unix.EAGAIN) {
		return Result{Blocked: true}
	}
	return Result{N: n, Data: data, Err: errnoName(err)}
}

func (k *kernelSockets) control(c *Call) Result {
	var err error
	switch c.Op {
	case "shutdown":
		err = unix.Shutdown(c.Socket, map[string]int{"read": unix.SHUT_RD, "write": unix.SHUT_WR, "both": unix.SHUT_RDWR}[c.Name])
	case "abort":
		_ = unix.SetsockoptLinger(c.Socket, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		err = unix.Close(c.Socket)
	case "close":
		err = unix.Close(c.Socket)
	case "error":
		n, getErr := unix.GetsockoptInt(c.Socket, unix.SOL_SOCKET, unix.SO_ERROR)
		if err = getErr; err == nil && n != 0 {
			err = unix.Errno(n)
		}
	case "set":
		err = set(c)
	default:
		return Result{Err: Unsupported}
	}
	return Result{Err: errnoName(err)}
}

func set(c *Call) error {
	switch c.Name {
	case "nodelay":
		return unix.SetsockoptInt(c.Socket, unix.IPPROTO_TCP, unix.TCP_NODELAY, c.N)
	case "usertimeout":
		return unix.SetsockoptInt(c.Socket, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, c.N)
	case "keepalive":
		if c.N > 1 {
			_ = unix.SetsockoptInt(c.Socket, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, max(1, c.N/1000))
		}
		return unix.SetsockoptInt(c.Socket, unix.SOL_SOCKET, unix.SO_KEEPALIVE, min(1, c.N))
	case "linger":
		return unix.SetsockoptLinger(c.Socket, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	return unix.ENOPROTOOPT
}

// open makes a socket that listens or connects.
func (k *kernelSockets) open(c *Call) Result {
	family := unix.AF_INET
	if c.Local.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return Result{Err: errnoName(err)}
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	k.options(fd)
	if err = unix.Bind(fd, sockaddr(c.Local)); err == nil {
		if c.Op == "connect" {
			err = unix.Connect(fd, sockaddr(c.Remote))
		} else {
			err = unix.Listen(fd, max(c.N, 128))
		}
	}
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		_ = unix.Close(fd)
		return Result{Err: errnoName(err)}
	}
	return Result{N: fd}
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// options sets what a script's settings ask of each socket.
func (k *kernelSockets) options(fd int) {
	if k.settings["nagle"] == "off" {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
}

// configure sets the sysctls of a script's settings. It returns Unsupported if the kernel has no such switch.
func (k *kernelSockets) configure(settings []string) string {
	names := map[string]string{
		"sack": "tcp_sack", "timestamps": "tcp_timestamps", "wscale": "tcp_window_scaling", "dsack": "tcp_dsack",
		"rack": "tcp_recovery", "tlp": "tcp_early_retrans", "cookies": "tcp_syncookies", "ecn": "tcp_ecn",
		"congestion": "tcp_congestion_control",
	}
	values := map[string]map[string]string{
		"ecn": {"on": "1", "off": "0", "asked": "2"}, "tlp": {"on": "3", "off": "0"}, "congestion": {"newreno": "reno", "cubic": "cubic"},
	}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		k.settings[name] = value
		v := values[name][value]
		if v == "" {
			v = map[string]string{"on": "1", "off": "0"}[value]
		}
		switch {
		case names[name] != "":
			if os.WriteFile("/proc/sys/net/ipv4/"+names[name], []byte(v), 0) != nil {
				return Unsupported
			}
		case name == "irs", name == "tolerance", name == "exact", name == "ticks", name == "ipv6", name == "nagle":
		default:
			return Unsupported
		}
	}
	return ""
}

// variable returns what struct tcp_info tells.
func (k *kernelSockets) variable(fd int, name string) (string, bool) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return "", false
	}
	return infoVariable(info, name)
}
