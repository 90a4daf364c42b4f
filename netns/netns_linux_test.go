package netns

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
)

// TestMain is also what the holder runs, and the programs that tests run inside namespaces.
func TestMain(m *testing.M) {
	Hold()
	if program := os.Getenv("NETNS_PROGRAM"); program != "" {
		os.Exit(runProgram(program))
	}
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // or each process ends a second late under -race
	os.Exit(m.Run())
}

// runProgram is a program for tests to run.
func runProgram(name string) int {
	switch name {
	case "ask", "ask6": // asks port 7 of the peer something, and prints the answer
		c, err := net.Dial("udp", map[string]string{"ask": "10.77.0.2:7", "ask6": "[fd77::2]:7"}[name])
		if err != nil {
			fmt.Println(err)
			return 1
		}
		_, _ = c.Write([]byte("hello"))
		answer := make([]byte, 100)
		n, err := c.Read(answer)
		fmt.Println(string(answer[:n]), err)
	case "signals": // says that it is ready, and then which signals it gets
		got := make(chan os.Signal, 10)
		signal.Notify(got, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP)
		fmt.Println("ready")
		for s := range got {
			fmt.Println(s)
			if s == syscall.SIGUSR2 {
				return 5
			}
		}
	case "stay": // never ends by itself, and has a child in a session of its own that does not either
		child := exec.Command("/proc/self/exe")
		child.Env = append(os.Environ(), "NETNS_PROGRAM=stay alone")
		child.Stdout = os.Stdout
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			fmt.Println(err)
			return 1
		}
		stay()
	case "stay alone":
		inside, _ := os.Readlink("/proc/self/ns/net")
		fmt.Println(inside)
		stay()
	case "terminal":
		return onTerminal()
	case "parent": // makes a namespace and runs "stay" in it
		n, err := Start(Options{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		code, err := n.Run(program("stay", nil))
		fmt.Println(code, err)
	}
	return 0
}

// stay waits for SIGKILL.
func stay() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM)
	for range signals {
		continue
	}
}

// program returns the command that runs one of the programs above.
func program(name string, stdout *os.File) Command {
	return Command{
		Args:   []string{"/proc/self/exe"},
		Env:    append(os.Environ(), "NETNS_PROGRAM="+name),
		Stdout: stdout,
	}
}

func requireNamespaces(t *testing.T) {
	t.Helper()
	for _, f := range Check() {
		if f.Problem != nil {
			t.Skip(f.Problem)
		}
	}
}

func start(t *testing.T, o Options) *Namespace {
	t.Helper()
	requireNamespaces(t)
	n, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// output runs a command and returns what it printed.
func output(t *testing.T, run func(Command) (int, error), c Command) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = r.Close() }()
	c.Stdout = w
	type result struct {
		code int
		err  error
	}
	done := make(chan result, 1)
	go func() {
		code, err := run(c)
		_ = w.Close()
		done <- result{code, err}
	}()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	end := <-done
	require.NoError(t, end.err)
	return string(text), end.code
}

func TestDatagramCrossesTheTUNAndBack(t *testing.T) {
	n := start(t, Options{})
	go echo(n.TUN())
	for _, name := range []string{"ask", "ask6"} {
		text, code := output(t, n.Run, program(name, nil))
		require.Equal(t, "hello <nil>\n", text, name)
		require.Zero(t, code)
	}
}

// A kernel side can have IPv4 alone; an IPv6 address is usable at once.
func TestAddressesOfTheKernelsSide(t *testing.T) {
	four := netip.MustParsePrefix("10.77.0.1/24")
	n := start(t, Options{Addrs: []netip.Prefix{four}})
	text, _ := output(t, n.Run, Command{Args: []string{"cat", "/proc/net/if_inet6"}})
	require.NotContains(t, text, "netlab")

	n = start(t, Options{})
	if !n.IPv6() {
		t.Skip("this kernel has no IPv6")
	}
	text, _ = output(t, n.Run, Command{Args: []string{"cat", "/proc/net/if_inet6"}})
	require.Regexp(t, `(?m)^fd770000000000000000000000000001 [0-9a-f]+ 40 00 82 +netlab0$`, text, "permanent, without duplicate address detection, not tentative")

	_, err := Start(Options{Addrs: []netip.Prefix{netip.MustParsePrefix("ff02::1/64")}})
	require.ErrorContains(t, err, "ff02::1")
}

// echo sends each UDP datagram back by swapping its addresses and ports, which leaves the checksums right.
func echo(l link.Link) {
	for {
		packets, err := l.Read()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch b := p.Octets; {
			case b[0] == 0x45 && b[9] == 17:
				swap(b[12:16], b[16:20])
				swap(b[20:22], b[22:24])
			case b[0]>>4 == 6 && b[6] == 17:
				swap(b[8:24], b[24:40])
				swap(b[40:42], b[42:44])
			default:
				continue
			}
			_ = l.Write([]link.Packet{p})
		}
	}
}

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// A TAP takes the place of the TUN where it is asked for: what the kernel sends into it are Ethernet frames.
func TestATAPInPlaceOfTheTUN(t *testing.T) {
	n := start(t, Options{TAP: "tap7", Addrs: []netip.Prefix{netip.MustParsePrefix("10.88.0.1/24")}, MTU: 1300})
	require.Equal(t, "tap7", n.TUN().Name())
	require.Equal(t, 1318, n.TUN().MTU(), "a frame has a header, and may have a tag")
	_, code := output(t, n.Run, Command{Args: []string{"bash", "-c", "echo > /dev/udp/10.88.0.2/9"}})
	require.Zero(t, code)
	packets, err := n.TUN().Read()
	require.NoError(t, err)
	frame := packets[0].Octets
	require.Equal(t, "\xff\xff\xff\xff\xff\xff", string(frame[:6]), "to everybody")
	require.Equal(t, []byte{0x08, 0x06}, frame[12:14], "ARP")
	require.Equal(t, []byte{10, 88, 0, 2}, frame[38:42], "who has 10.88.0.2?")
}

func TestNothingArrivesUnasked(t *testing.T) {
	n := start(t, Options{})
	_, code := output(t, n.Run, program("ask nothing", nil))
	require.Zero(t, code)
	read := make(chan []link.Packet, 1)
	go func() {
		packets, _ := n.TUN().Read()
		read <- packets
	}()
	require.NoError(t, n.Close())
	require.Empty(t, <-read, "the kernel sends by itself")
}

func TestExitCodes(t *testing.T) {
	n := start(t, Options{})
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"sh", "-c", "exit 0"}, 0},
		{[]string{"sh", "-c", "exit 7"}, 7},
		{[]string{"sh", "-c", "kill -TERM $$"}, 128 + 15},
		{[]string{"sh", "-c", "kill -KILL $$"}, 128 + 9},
	} {
		code, err := n.Run(Command{Args: c.args})
		require.NoError(t, err)
		require.Equal(t, c.want, code, c.args)
	}
	code, err := n.Run(Command{Args: []string{"no-such-command-anywhere"}})
	require.ErrorIs(t, err, exec.ErrNotFound)
	require.Equal(t, 127, code)

	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("no program"), 0o700))
	code, err = n.Run(Command{Args: []string{text}})
	require.ErrorContains(t, err, "exec format error")
	require.Equal(t, 126, code)
}

func TestCommandHasItsEnvironmentDirectoryAndInput(t *testing.T) {
	n := start(t, Options{})
	dir := t.TempDir()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	_, err = w.WriteString("input")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	text, _ := output(t, n.Run, Command{
		Args:  []string{"sh", "-c", `echo "$A"; pwd; cat`},
		Env:   append(os.Environ(), "A=b"),
		Dir:   dir,
		Stdin: r,
	})
	require.Equal(t, "b\n"+dir+"\ninput", text)
}

func TestNoDescriptorLeaksIntoACommand(t *testing.T) {
	n := start(t, Options{Socket: filepath.Join(privateDir(t), "up.sock")})
	list := []string{"ls", "/proc/self/fd"}
	outside, err := exec.Command(list[0], list[1:]...).Output() // what a test was started with goes on to all
	require.NoError(t, err)
	inside, _ := output(t, n.Run, Command{Args: list})
	require.Equal(t, string(outside), inside)
}

func TestSignalsArePassedOn(t *testing.T) {
	n := start(t, Options{})
	r, w, err := os.Pipe()
	require.NoError(t, err)
	done := make(chan int, 1)
	go func() {
		code, _ := n.Run(program("signals", w))
		done <- code
	}()
	lines := bufio.NewScanner(r)
	require.True(t, lines.Scan())
	require.Equal(t, "ready", lines.Text())
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	require.True(t, lines.Scan())
	require.Equal(t, "user defined signal 1", lines.Text())
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR2))
	require.Equal(t, 5, <-done)
	_ = w.Close()
	_ = r.Close()
}

func TestConnectReachesARunningNamespace(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", privateDir(t))
	socket, err := SocketPath("up")
	require.NoError(t, err)
	_, err = Connect(socket)
	require.ErrorIs(t, err, ErrNotRunning)

	n := start(t, Options{Socket: socket})
	go echo(n.TUN())
	client, err := Connect(socket)
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	text, code := output(t, client.Run, program("ask", nil))
	require.Equal(t, "hello <nil>\n", text)
	require.Zero(t, code)

	_, err = Start(Options{Socket: socket})
	require.ErrorIs(t, err, ErrRunning)

	require.NoError(t, n.Close())
	_, err = Connect(socket)
	require.ErrorIs(t, err, ErrNotRunning)
}

// A killed netlab up cannot remove its socket.
func TestSocketLeftBehindIsReplaced(t *testing.T) {
	socket := filepath.Join(privateDir(t), "up.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	_, err = Connect(socket)
	require.ErrorIs(t, err, ErrNotRunning)

	start(t, Options{Socket: socket})
	client, err := Connect(socket)
	require.NoError(t, err)
	require.NoError(t, client.Close())
}

func TestClosedClientHangsItsCommandUp(t *testing.T) {
	socket := filepath.Join(privateDir(t), "up.sock")
	start(t, Options{Socket: socket})
	client, err := Connect(socket)
	require.NoError(t, err)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := client.Run(program("signals", w))
		_ = w.Close()
		done <- err
	}()
	lines := bufio.NewScanner(r)
	require.True(t, lines.Scan())
	require.NoError(t, client.Close())
	require.ErrorIs(t, <-done, ErrEnded)
	require.True(t, lines.Scan())
	require.Equal(t, "hangup", lines.Text())
	require.False(t, lines.Scan(), "it ignored the hang-up and is killed: the pipe ends")
}

func TestCloseEndsEverything(t *testing.T) {
	n := start(t, Options{})
	r, w, err := os.Pipe()
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := n.Run(program("stay", w))
		_ = w.Close()
		done <- err
	}()
	lines := bufio.NewScanner(r)
	require.True(t, lines.Scan())
	inside := lines.Text()
	require.NotEmpty(t, processesIn(inside))
	require.NoError(t, n.Close())
	require.ErrorIs(t, <-done, ErrEnded)
	require.False(t, lines.Scan(), "the pipe ends when all who could write to it are gone")
	require.Empty(t, processesIn(inside))
	require.NoError(t, n.Close(), "a second time")
	_, err = n.TUN().Read()
	require.ErrorIs(t, err, io.EOF)
	require.ErrorIs(t, n.TUN().Write(nil), link.ErrClosed)
	_, err = n.Run(Command{Args: []string{"true"}})
	require.ErrorIs(t, err, ErrEnded)
}

func TestTheEndOfTheHolderIsTold(t *testing.T) {
	n := start(t, Options{})
	select {
	case <-n.Ended():
		require.Fail(t, "it has not ended")
	default:
	}
	require.NoError(t, n.holder.Process.Kill())
	<-n.Ended()
	code, err := n.Run(program("stay", nil))
	require.Equal(t, 126, code)
	require.ErrorIs(t, err, ErrEnded)
}

func TestNothingIsLeftOfAKilledParent(t *testing.T) {
	requireNamespaces(t)
	for _, s := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		parent := exec.Command("/proc/self/exe")
		parent.Env = append(os.Environ(), "NETNS_PROGRAM=parent")
		out, err := parent.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, parent.Start())
		lines := bufio.NewScanner(out)
		require.True(t, lines.Scan())
		inside := lines.Text()
		require.Len(t, processesIn(inside), 3, "holder, command and its child")
		if s == syscall.SIGTERM {
			// Run passes it on to the command, which ignores it. So end the holder instead.
			require.NoError(t, syscall.Kill(processesIn(inside)[0], syscall.SIGKILL))
			require.True(t, lines.Scan())
			require.Contains(t, lines.Text(), "126 netns: the namespace has ended")
		} else {
			require.NoError(t, parent.Process.Signal(s))
		}
		require.False(t, lines.Scan(), "the pipe ends when all who could write to it are gone")
		require.Empty(t, processesIn(inside))
		_ = parent.Wait()
	}
}

// processesIn returns the processes in a network namespace, given as /proc/self/ns/net reads.
func processesIn(namespace string) []int {
	links, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	var found []int
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil && target == namespace {
			var pid int
			_, _ = fmt.Sscanf(l, "/proc/%d/", &pid)
			found = append(found, pid)
		}
	}
	return found
}

// privateDir is a directory of mode 0700 with a short name: a socket's is limited.
func privateDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "netns")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSocketPath(t *testing.T) {
	runtime := privateDir(t)
	t.Setenv("XDG_RUNTIME_DIR", runtime)
	path, err := SocketPath("up")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(runtime, "netlab", "up.sock"), path)

	t.Setenv("TMPDIR", runtime)
	require.NoError(t, os.Chmod(runtime, 0o755)) // not what a runtime directory is
	path, err = SocketPath("up")
	require.NoError(t, err)
	private := filepath.Join(runtime, fmt.Sprintf("netlab-%d", os.Getuid()))
	require.Equal(t, filepath.Join(private, "up.sock"), path)

	require.NoError(t, os.Chmod(private, 0o711))
	_, err = SocketPath("up")
	require.EqualError(t, err, "netns: "+private+" has to be a directory of this user with mode 0700: remove it, or change it")

	require.NoError(t, os.Remove(private))
	require.NoError(t, os.Symlink(runtime, private))
	_, err = SocketPath("up")
	require.Error(t, err, "a symbolic link may be somebody else's")
}

func TestMessagesThatAreCutOff(t *testing.T) {
	var sent bytes.Buffer
	sent.Write([]byte{0, 0, 0, 14})
	sent.WriteString(`{"Exited":true}`[:14])
	for n := range sent.Len() {
		ours, theirs, err := socketpair()
		require.NoError(t, err)
		c, err := connection(theirs)
		require.NoError(t, err)
		_, err = c.Write(sent.Bytes()[:n])
		require.NoError(t, err)
		require.NoError(t, c.Close())
		_, err = receive(ours, &status{})
		require.Error(t, err, "cut after %d octets", n)
		require.NoError(t, ours.Close())
	}
}
