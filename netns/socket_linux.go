package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxSocketPath is how long the path of a Unix socket may be (unix(7): 108 octets with the final NUL).
const maxSocketPath = 107

// SocketPath returns where a namespace of the given name ("up") listens for clients of the same user: in
// $XDG_RUNTIME_DIR/netlab, or in netlab-UID in the directory for temporary files. It makes the directory,
// and refuses one that others could have made or can enter.
func SocketPath(name string) (string, error) {
	dir := filepath.Join(os.TempDir(), "netlab-"+strconv.Itoa(os.Getuid()))
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" && ownDirectory(runtime) == nil {
		dir = filepath.Join(runtime, "netlab")
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("netns: %w", err)
	}
	if err := ownDirectory(dir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+".sock")
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("netns: the path %s is longer than the %d octets of a socket's name: set XDG_RUNTIME_DIR to a shorter one", path, maxSocketPath)
	}
	return path, nil
}

// ownDirectory reports an error unless path is a directory of this user that nobody else can enter.
func ownDirectory(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("netns: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("netns: %s has to be a directory of this user with mode 0700: remove it, or change it", path)
	}
	return nil
}

// socketFile is the place in the file system where a namespace listens. A lock on a file beside it tells a living one
// from what was left behind: the kernel frees it however its holder ends.
type socketFile struct {
	path string
	lock *os.File
}

// listen makes the socket at path and returns its descriptor. The error is ErrRunning if another process has it.
func listen(path string) (*socketFile, *os.File, error) {
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("netns: %w", err)
	}
	s := &socketFile{path, lock}
	fd, err := descriptor(lock)
	if err == nil {
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		_ = lock.Close()
		if err == unix.EWOULDBLOCK {
			return nil, nil, ErrRunning
		}
		return nil, nil, fmt.Errorf("netns: locking %s: %w", lock.Name(), err)
	}
	_ = os.Remove(path) // nobody listens there any more
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		s.remove()
		return nil, nil, fmt.Errorf("netns: %w", err)
	}
	listener.SetUnlinkOnClose(false) // the holder has it from here on
	file, err := listener.File()
	_ = listener.Close()
	if err != nil {
		s.remove()
		return nil, nil, fmt.Errorf("netns: %w", err)
	}
	return s, file, nil
}

// remove removes the socket. The lock file stays, for removing it could take the name from under another
// process that has just opened it.
func (s *socketFile) remove() {
	_ = os.Remove(s.path)
	_ = s.lock.Close()
}
