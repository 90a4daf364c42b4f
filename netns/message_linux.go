package netns

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Messages between parent, holder and clients are JSON after a 4-octet big-endian length. Descriptors
// travel with the length (SCM_RIGHTS, unix(7)).

// maxMessage bounds a message: arguments and environment of a command are at most this long.
const maxMessage = 8 << 20

// setup is the parent's first message to the holder.
type setup struct {
	Addrs []netip.Prefix
	MTU   int
	TAP   string

	Backend Backend
	Listen  bool // the holder's descriptor 4 listens for clients
}

// setupDone is the holder's answer. The TUN's descriptor comes with it.
type setupDone struct {
	NoIPv6 bool          `json:",omitempty"` // the kernel has none: the IPv6 addresses are missing
	Step   string        `json:",omitempty"` // what failed
	Error  string        `json:",omitempty"`
	Errno  syscall.Errno `json:",omitempty"`
}

// request is a client's first message to the holder. Standard input, output and error come with it.
type request struct {
	Path       string
	Args       []string
	Env        []string
	Dir        string
	Terminal   int  // which of the three descriptors is the client's terminal; -1: none
	Foreground bool // hand the terminal over
}

// signalMessage is what a client sends from then on.
type signalMessage struct {
	Signal     syscall.Signal
	Foreground bool // hand the terminal over (again) first
}

// status is what the holder tells a client.
type status struct {
	Stopped bool   `json:",omitempty"` // the command was stopped (Ctrl-Z)
	Exited  bool   `json:",omitempty"`
	Code    int    `json:",omitempty"` // its exit code; 128 + n after signal n
	Error   string `json:",omitempty"` // it could not be started
}

func send(c *net.UnixConn, message any, descriptors ...int) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(body) > maxMessage {
		return fmt.Errorf("netns: a message of %d octets is too long", len(body))
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	var rights []byte
	if len(descriptors) > 0 {
		rights = unix.UnixRights(descriptors...)
	}
	if _, _, err := c.WriteMsgUnix(header, rights, nil); err != nil {
		return err
	}
	_, err = c.Write(body)
	return err
}

// receive reads a message and the descriptors that came with it, which are closed on exec.
func receive(c *net.UnixConn, message any) ([]*os.File, error) {
	header := make([]byte, 4)
	rights := make([]byte, unix.CmsgSpace(3*4))
	n, rn, _, _, err := c.ReadMsgUnix(header, rights)
	if err != nil {
		return nil, err
	}
	files := filesOf(rights[:rn])
	if n == 0 {
		return nil, io.EOF
	}
	err = receiveBody(c, header, n, message)
	if err != nil {
		closeAll(files)
		return nil, err
	}
	return files, nil
}

func receiveBody(c *net.UnixConn, header []byte, n int, message any) error {
	if _, err := io.ReadFull(c, header[n:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(header)
	if size > maxMessage {
		return fmt.Errorf("netns: a message of %d octets is too long", size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(c, body); err != nil {
		return err
	}
	return json.Unmarshal(body, message)
}

func filesOf(rights []byte) []*os.File {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	var files []*os.File
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// socketpair returns a connection and the descriptor of its other end, to be handed to another process.
func socketpair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "socketpair")
	ours, err := connection(os.NewFile(uintptr(fds[0]), "socketpair"))
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// connection makes a connection of a socket's descriptor and takes it over.
func connection(f *os.File) (*net.UnixConn, error) {
	defer func() { _ = f.Close() }()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, fmt.Errorf("netns: %s is no Unix socket", f.Name())
	}
	return u, nil
}

// descriptor returns the number of f's descriptor. f must stay open while it is used. Unlike Fd it
// leaves the descriptor's blocking mode as it is.
func descriptor(f *os.File) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	number := -1
	err = raw.Control(func(fd uintptr) { number = int(fd) })
	return number, err
}
