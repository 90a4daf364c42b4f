package netns

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// onTerminal is the program "terminal": it runs a shell script inside a namespace.
func onTerminal() int {
	n, err := Start(Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	code, err := n.Run(Command{Args: []string{"sh", "-c", `read line; echo "first $line"; read line; echo "second $line"; read line`}})
	fmt.Println("exit", code, err)
	_ = n.Close()
	return 0
}

// openTerminal returns both sides of a pseudoterminal (pty(7)).
func openTerminal(t *testing.T) (master, slave *os.File) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd, err := descriptor(master)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = slave.Close() })
	return master, slave
}

func TestCommandHasTheTerminal(t *testing.T) {
	requireNamespaces(t)
	master, slave := openTerminal(t)
	parent := exec.Command("/proc/self/exe")
	parent.Env = append(os.Environ(), "NETNS_PROGRAM=terminal")
	parent.Stdin, parent.Stdout, parent.Stderr = slave, slave, slave
	parent.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, parent.Start())

	screen := bufio.NewScanner(master)
	see := func(want string) {
		for screen.Scan() {
			if strings.Contains(screen.Text(), want) {
				return
			}
		}
		require.Fail(t, "the terminal ends", "without %q: %v", want, screen.Err())
	}
	typeKeys := func(keys string) {
		_, err := master.WriteString(keys)
		require.NoError(t, err)
	}
	typeKeys("one\n")
	see("first one")

	typeKeys("\x1a") // Ctrl-Z stops the command, and the one that runs it stops too
	var ws syscall.WaitStatus
	_, err := syscall.Wait4(parent.Process.Pid, &ws, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, ws.Stopped())
	require.NoError(t, syscall.Kill(-parent.Process.Pid, syscall.SIGCONT)) // as a shell's fg does
	typeKeys("two\n")
	see("second two")

	typeKeys("\x03") // Ctrl-C is for the command alone
	see("exit 130 <nil>")
	require.NoError(t, parent.Wait())
}
