package tui

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/narrate"
	"netlab/tls"
)

func testCapture(name string) string { return filepath.Join("..", "testdata", "captures", name) }

// followed is what netlab replay --follow writes.
func followed(t testing.TB, name string, f narrate.Follow, keys *tls.KeyLog) string {
	t.Helper()
	in, err := os.Open(name)
	require.NoError(t, err)
	defer in.Close()
	reader, err := capture.NewReader(filepath.Base(name), in)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, narrate.FollowPlain(&out, reader, f, narrate.Options{Keys: keys}))
	return out.String()
}

// The stream pane says what --follow says, of TCP and of UDP, in every form, of whole captures and of those with gaps.
func TestReplayStreamIsWhatFollowSays(t *testing.T) {
	for _, at := range []struct {
		file      string
		packet    int // of the stream
		transport string
		number    int
	}{
		{"tls.pcapng", 20, "TCP", 1}, {"kernel-dig.pcap", 1, "UDP", 0}, {"capture-misses.pcapng", 3, "TCP", 0}, {"wrap.pcap", 2, "TCP", 0}, {"http.pcap", 14, "TCP", 1},
	} {
		r := opensCapture(t, testCapture(at.file), 120, 36)
		r.selectPacket(at.packet)
		r.press(t, "3")
		for _, keys := range [][]string{nil, {"d"}, {"x"}, {"d"}, {"x", "d"}} {
			r.press(t, keys...)
			require.Equal(t, narrate.Follow{Transport: at.transport, Number: at.number, Form: r.telling.form, Side: r.telling.side}, r.talk.Follow)
			var said strings.Builder
			for _, s := range r.talk.said {
				if s.Begins {
					said.WriteByte('\n')
				}
				if !s.About {
					said.WriteString([]string{"> ", "< "}[s.Dir])
				}
				said.WriteString(s.Text + "\n")
			}
			require.Equal(t, strings.ReplaceAll(followed(t, testCapture(at.file), r.talk.Follow, r.secrets.log), "\t", "    "), said.String(), at.file)
			exact(t, 120, 36, r.text())
		}
	}
}

// A text is found, and found again; the pane follows the selected packet; what was said is written to a file.
func TestReplayFindsAndSavesWhatWasSaid(t *testing.T) {
	r := opensCapture(t, testCapture("http.pcap"), 120, 36)
	t.Chdir(t.TempDir())
	r.press(t, append(append([]string{"f"}, letters("http/1")...), "enter")...)
	first := r.scroll
	require.Contains(t, strings.ToLower(r.talk.said[first].Text), "http/1")
	r.press(t, "f", "enter")
	require.Greater(t, r.scroll, first)
	r.press(t, "f", "ctrl+u")
	r.press(t, append(letters("no such words"), "enter")...)
	require.Contains(t, r.notice, "nothing said here")

	r.press(t, "w")
	require.Contains(t, r.text(), "http-tcp-0.txt")
	r.press(t, "enter")
	require.Contains(t, r.notice, "written to http-tcp-0.txt as text")
	text, err := os.ReadFile("http-tcp-0.txt")
	require.NoError(t, err)
	require.Contains(t, string(text), "< hello from the lab\n")

	// Nothing is written over; another name is asked for.
	r.press(t, "w", "enter")
	require.Contains(t, r.notice, "is there already")
	r.press(t, append(append([]string{"d", "d", "w", "ctrl+u"}, letters("body.bin")...), "enter")...)
	octets, err := os.ReadFile("body.bin")
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(octets, []byte("HTTP/1.0 200 OK\r\n")))
	require.True(t, bytes.HasSuffix(octets, []byte("\r\n\r\nhello from the lab\n")))

	// The lines of the selected packet are those that are seen.
	r.press(t, "1")
	r.selectPacket(6)
	require.Equal(t, 6, r.talk.said[r.saidIn(6)].Packet)
}

// bare writes a capture without its secrets, and the secrets.
func bare(t testing.TB, name string) (file string, keyLog []byte) {
	t.Helper()
	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	file = filepath.Join(t.TempDir(), "bare.pcapng")
	out, err := os.Create(file)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out, capture.Interface{Name: "lo", Type: capture.Ether})
	require.NoError(t, err)
	for n := 1; n <= f.Len(); n++ {
		rec, err := f.Packet(n)
		require.NoError(t, err)
		require.NoError(t, w.WriteRecord(rec, 0))
	}
	require.NoError(t, w.Flush())
	return file, f.KeyLog()
}

// With secrets, of the file or of a key log, list, ladder, layers, octets and stream show what was protected.
func TestReplayDecrypts(t *testing.T) {
	name, keyLog := bare(t, testCapture("tls.pcapng"))
	require.NotEmpty(t, keyLog)
	without := opensCapture(t, name, 120, 36)
	require.NotContains(t, without.text(), "{}")
	require.Contains(t, without.text(), "application data")

	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	given := newReplay(f, "bare.pcapng", Options{Theme: themeNone, KeyLog: keyLog})
	given.does(t, given.Init())
	given.gets(t, tea.WindowSizeMsg{Width: 120, Height: 36})

	for _, r := range []*replay{given, opensCapture(t, testCapture("tls.pcapng"), 120, 36)} {
		r.selectPacket(11)
		r.press(t, "6", "7")
		text := ansi.Strip(r.text())
		require.Contains(t, text, "{} GET /hello.txt")
		require.Contains(t, text, "7 Application · {} HTTP, decrypted")
		require.Contains(t, text, "GET /hello.txt HTTP/1.1")
		require.Contains(t, text, "> GET /hello.txt HTTP/1.1")
		o := r.openPacket()
		require.True(t, bytes.HasPrefix(o.octets[o.sealed:], []byte("GET /hello.txt HTTP/1.1\r\n")))

		// A field of it is found in the octets, which are counted anew.
		for range 200 {
			if f := r.chosenField(); f.Key == "http.request.method" {
				break
			}
			r.press(t, ")")
		}
		require.Equal(t, "http.request.method", r.chosenField().Key)
		require.Contains(t, ansi.Strip(r.text()), "{0000}[47 45 54]")
		r.press(t, "5")
		require.Contains(t, ansi.Strip(r.text()), "{} decrypted, octets 0–2")
		for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
			r.gets(t, tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			for _, key := range []string{"1", "3", "4", "5", "6", "7"} {
				r.press(t, key)
				exact(t, size[0], size[1], r.text())
			}
		}
	}
}

// What is shown is exported in every form; nothing is written over, and what cannot be written says so.
func TestReplayExports(t *testing.T) {
	r := opensCapture(t, testCapture("tls.pcapng"), 120, 36)
	t.Chdir(t.TempDir())
	export := func(name string) {
		r.press(t, append(append([]string{"e", "ctrl+u"}, letters(name)...), "enter")...)
	}
	r.press(t, append(append([]string{"/"}, letters("tcp.stream == 1")...), "enter")...)
	for _, name := range []string{"a.html", "a.svg", "a.md", "a.sqlog", "a.pcapng"} {
		export(name)
		require.Contains(t, r.notice, name+": 17 packets")
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.NotZero(t, info.Size())
	}
	page, err := os.ReadFile("a.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "Certificate")
	require.NotContains(t, string(page), "33892", "the other connection was not shown")

	// The capture opens with what decrypts it, and says what was found.
	f, err := capture.Open("a.pcapng")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	require.Equal(t, 17, f.Len())
	require.NotEmpty(t, f.KeyLog())

	before, err := os.ReadFile("a.md")
	require.NoError(t, err)
	export("a.md")
	require.Contains(t, r.notice, "a.md is there already")
	after, err := os.ReadFile("a.md")
	require.NoError(t, err)
	require.Equal(t, before, after)
	export(filepath.Join("no", "folder.svg"))
	require.Contains(t, r.notice, "cannot be written: no such file")
	export("a.doc")
	require.Contains(t, r.question.wrong, "must end in one of .pcapng")
	exact(t, 120, 36, r.text())
	r.press(t, "esc")
	require.Nil(t, r.question)

	// Esc stops, and leaves nothing behind.
	r.press(t, append([]string{"e", "ctrl+u"}, letters("late.pcapng")...)...)
	_, cmd := r.Update(keyPress("enter"))
	require.Contains(t, r.text(), "writing late.pcapng")
	r.press(t, "esc")
	r.does(t, cmd)
	require.Contains(t, r.notice, "stopped")
	_, err = os.Stat("late.pcapng")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Nil(t, r.work)
}
