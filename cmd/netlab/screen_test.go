//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// terminal is a tmux session with one netlab in it.
type terminal struct {
	t             *testing.T
	socket        string
	width, height int
}

// open runs netlab on a screen of its own.
func open(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("NETLAB_NEED_TUN") != "" {
			t.Fatal(err)
		}
		t.Skip("tmux is not installed")
	}
	c := netlabCommand(t, args...)
	term := &terminal{t, filepath.Join(shortTempDir(t), "tmux"), width, height}
	for i, a := range args {
		args[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	term.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		fmt.Sprintf("env %s=1 LANG=C.UTF-8 XDG_RUNTIME_DIR=%s XDG_STATE_HOME=%s %s %s; echo ended with code $?; sleep 600", actAsNetlab, shortTempDir(t), t.TempDir(), c.Path, strings.Join(args, " ")))
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	return term
}

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...).CombinedOutput()
	require.NoError(m.t, err, string(out))
	return string(out)
}

func (m *terminal) keys(keys ...string) {
	m.t.Helper()
	for _, k := range keys {
		m.tmux("send-keys", "-l", k)
	}
}

// mouse clicks on a place of the screen, counted from 1, as a terminal tells it (SGR), and returns the screen when it is another.
func (m *terminal) mouse(x, y int) string {
	m.t.Helper()
	before := m.screen()
	for _, end := range []string{"M", "m"} {
		args := []string{"send-keys", "-H"}
		for _, b := range []byte(fmt.Sprintf("\x1b[<0;%d;%d%s", x, y, end)) {
			args = append(args, fmt.Sprintf("%x", b))
		}
		m.tmux(args...)
	}
	return m.when("another screen", func(s string) bool { return s != before })
}

func (m *terminal) screen() string {
	m.t.Helper()
	return strings.TrimRight(m.tmux("capture-pane", "-p"), "\n")
}

// until waits for the screen to hold a text, and returns the screen.
func (m *terminal) until(text string) string {
	m.t.Helper()
	return m.when(fmt.Sprintf("%q", text), func(s string) bool { return strings.Contains(s, text) })
}

// when waits for the screen to be as wanted and returns it. A real terminal has no virtual time: so it polls.
func (m *terminal) when(what string, wanted func(string) bool) string {
	m.t.Helper()
	var s string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if s = m.screen(); wanted(s) {
			return s
		}
	}
	m.t.Fatalf("the screen never showed %s:\n%s", what, s)
	return ""
}

// milestones goes from milestone to milestone until the screen holds a text, and returns the screen.
func (m *terminal) milestones(text string) string {
	m.t.Helper()
	for range 20 {
		before := m.screen()
		if strings.Contains(before, text) {
			return before
		}
		m.keys("}")
		m.when("the next milestone", func(s string) bool { return s != before })
	}
	return m.until(text)
}

// fits checks that no line is broken: the screen has its last line where it belongs, and it names the keys.
func (m *terminal) fits(s string, height int) {
	m.t.Helper()
	lines := strings.Split(s, "\n")
	require.Len(m.t, lines, height, "the screen is filled to its last line:\n%s", s)
	require.Contains(m.t, lines[height-1], "? help", s)
}

func TestScreenHomeStartsALab(t *testing.T) {
	t.Parallel()
	m := open(t, 120, 36)
	home := m.until("? help")
	m.fits(home, 36)
	require.Contains(t, home, "lossy")
	m.tmux("send-keys", "Enter")
	m.until("2 Packets") // the text about the lab speaks of its hosts too
	m.keys("q")
	m.until("Enter")
	m.keys("q")
	m.until("ended with code 0")
}

func TestScreenSteppingBackShowsTheFirstScreenAgain(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			m := open(t, size[0], size[1], "lab", "lossy-upload", "--seed", "7", "--paused")
			first := m.until("? help")
			m.fits(first, size[1])
			m.keys(".")
			m.when("a step", func(s string) bool { return s != first })
			for range 9 {
				before := m.screen()
				m.keys(".")
				m.when("another step", func(s string) bool { return s != before })
			}
			m.keys(",,,,,,,,,,")
			m.when("the first screen", func(s string) bool { return s == first })
			m.keys("q")
			m.until("ended with code 0")
		})
	}
}

func TestScreenADroppedPacketIsMarkedAndReplaced(t *testing.T) {
	t.Parallel()
	m := open(t, 120, 36, "lab", "lossy-upload", "--seed", "7", "--paused")
	m.until("? help")
	m.keys("X")
	m.until("will be dropped")
	lost := m.milestones("✗ lost on r1→r2")
	m.fits(lost, 36)
	m.milestones("↻ replaces")
	m.keys("q")
	m.until("ended with code 0")
}

func TestScreenResizing(t *testing.T) {
	t.Parallel()
	m := open(t, 120, 36, "lab", "lossy-upload", "--seed", "7")
	m.until("? help")
	for _, size := range [][2]int{{80, 24}, {60, 20}, {40, 12}, {100, 30}, {200, 60}, {120, 36}} {
		m.tmux("resize-window", "-x", fmt.Sprint(size[0]), "-y", fmt.Sprint(size[1]))
		s := m.when(fmt.Sprint(size), func(s string) bool {
			lines := strings.Split(s, "\n")
			return len(lines) == size[1] && strings.Contains(lines[len(lines)-1], "? help")
		})
		for _, line := range strings.Split(s, "\n") {
			require.LessOrEqual(t, len([]rune(line)), size[0])
		}
	}
	m.tmux("resize-window", "-x", "20", "-y", "5")
	m.keys("q")
	m.until("ended with code")
}

func TestScreenWithoutColour(t *testing.T) {
	t.Parallel()
	m := open(t, 80, 24, "lab", "hello", "--theme", "none", "--paused")
	m.until("? help")
	m.keys("...")
	coloured := m.tmux("capture-pane", "-pe")
	require.NotRegexp(t, `\x1b\[[0-9;]*3[0-8]`, coloured)
	m.keys("q")
	m.until("ended with code 0")
}

// A capture on a terminal: packets, a filter with a mistake in it, a stream, and back to the shell.
func TestReplayScreen(t *testing.T) {
	t.Parallel()
	term := open(t, 120, 36, "replay", filepath.Join("..", "..", "testdata", "captures", "http.pcap"))
	s := term.until("SYN-ACK") // packets are read while the screen is there
	require.Contains(t, s, "24 packets")
	require.Contains(t, s, "4 Ladder")
	term.keys("/tcp.flgs")
	term.tmux("send-keys", "Enter")
	require.Contains(t, term.until("did you mean tcp.flags?"), "24 packets")
	term.tmux("send-keys", "Escape")
	term.until("? help") // an s right after it would be Alt-s
	term.keys("s")
	term.until("filter: tcp.stream == 0")
	term.until("> GET ")
	term.keys("q")
	term.until("ended with code 0")
}

// A capture that comes with the program is chosen on the home screen and played; a click stops at a packet; q goes back to the menu.
func TestScreenHomeReplaysACapture(t *testing.T) {
	term := open(t, 120, 36)
	term.until("? help")
	term.keys("r")
	term.until("comes with netlab: HTTPS")
	term.keys("tls-h")
	term.when("that alone", func(s string) bool { return !strings.Contains(s, "lossy-upload.pcapng") })
	term.tmux("send-keys", "Enter")
	term.until("22 packets")
	term.keys("]] ")
	term.until("the capture ends here")
	term.mouse(20, 11)
	term.fits(term.until("Packet 12: "), 36)
	term.keys("q")
	term.until("What a capture file holds")
	term.keys("q")
	term.until("ended with code 0")
}

// A damaged capture shows what it holds, and the program says afterwards what is wrong.
func TestReplayScreenOfADamagedCapture(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "..", "testdata", "captures", "http.pcap"))
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "cut.pcap")
	require.NoError(t, os.WriteFile(name, whole[:1000], 0o600))
	term := open(t, 100, 30, "replay", name)
	term.until("cut off")
	term.keys("q")
	term.until("ended with code 2")
}
