package capture_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// packet is an IPv4 packet with an ICMP echo request (checksums are not the matter here).
func packet() []byte {
	return []byte{
		0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0x66, 0xde, 10, 0, 0, 1, 10, 0, 0, 2,
		8, 0, 0xf7, 0xfd, 0, 1, 0, 1,
	}
}

func TestWhatWriterWritesReaderReads(t *testing.T) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.Raw("h1", "h2")...)
	require.NoError(t, err)
	at := time.Unix(1, 1).UTC()
	require.NoError(t, w.Write(at, 0, packet(), "sends an echo request: the user asked"))
	require.NoError(t, w.Write(at.Add(time.Nanosecond), 1, packet()[:27], ""))
	i, err := w.Interface(capture.Interface{Name: "r1>r2", Type: capture.RawIP})
	require.NoError(t, err)
	require.Equal(t, 2, i)
	i, err = w.Interface(capture.Interface{Name: "h2", Type: capture.RawIP})
	require.NoError(t, err)
	require.Equal(t, 1, i)
	require.NoError(t, w.Write(at, 2, packet(), strings.Repeat("é", 40000)))
	require.Error(t, w.Write(at, 3, packet(), ""), "no such interface")
	require.NoError(t, w.Flush())

	records, err := readAll(b.Bytes())
	require.NoError(t, err)
	require.Len(t, records, 3)
	require.Equal(t, capture.Record{
		Number: 1, At: at, LinkType: capture.RawIP, Packet: packet(), Length: 28, Link: "h1",
		Comments: []string{"sends an echo request: the user asked"},
	}, records[0])
	require.Equal(t, time.Unix(1, 2).UTC(), records[1].At)
	require.Len(t, records[1].Packet, 27)
	require.Empty(t, records[1].Comments)
	require.Equal(t, strings.Repeat("é", 32767), records[2].Comments[0], "cut to what an option holds, between characters")
}

// The file depends on nothing but what was written: these are all its octets.
func TestTheOctetsOfAFile(t *testing.T) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.Raw("h1")...)
	require.NoError(t, err)
	require.NoError(t, w.Write(time.Unix(0, 0x1_00000002), 0, []byte{0x45, 1, 2}, "why"))
	require.NoError(t, w.Flush())
	require.Equal(t, []byte{
		0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, // section: pcapng 1.0, little endian
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0,
		1, 0, 0, 0, 40, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, // interface: raw IP, no snap length,
		2, 0, 2, 0, 'h', '1', 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, // its name, nanoseconds
		6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, // packet: time, lengths,
		0x45, 1, 2, 0, 1, 0, 3, 0, 'w', 'h', 'y', 0, 0, 0, 0, 0, 48, 0, 0, 0, // octets, comment
	}, b.Bytes())
}

// fullDisk takes so many octets and no more.
type fullDisk struct{ room, calls int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	d.calls++
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestAFullDisk(t *testing.T) {
	disk := &fullDisk{room: 10000}
	w, err := capture.NewWriter(disk, capture.Raw("h1")...)
	require.NoError(t, err)
	var first error
	for range 1000 {
		if first = w.Write(time.Unix(0, 0), 0, packet(), ""); first != nil {
			break
		}
	}
	require.ErrorIs(t, first, errFull)
	require.EqualError(t, first, "capture: write: no space left on device")
	calls := disk.calls
	require.Equal(t, first, w.Write(time.Unix(0, 0), 0, packet(), ""))
	require.Equal(t, first, w.Flush())
	_, err = w.Interface(capture.Interface{Name: "h2", Type: capture.RawIP})
	require.Equal(t, first, err)
	require.Equal(t, calls, disk.calls, "the file is left alone")

	w, err = capture.NewWriter(&fullDisk{}, capture.Raw("h1")...)
	require.NoError(t, err, "nothing has reached the disk yet")
	require.ErrorIs(t, w.Flush(), errFull)
}

func TestTsharkReadsWhatWriterWrites(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	name := filepath.Join(t.TempDir(), "x.pcapng")
	f, err := os.Create(name)
	require.NoError(t, err)
	w, err := capture.NewWriter(f, capture.Raw("h1", "h2")...)
	require.NoError(t, err)
	require.NoError(t, w.Write(time.Unix(1, 5), 0, packet(), "asked by the user"))
	require.NoError(t, w.Write(time.Unix(2, 0), 1, packet(), ""))
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())

	out, err := exec.Command(tshark, "-r", name, "-T", "fields", "-E", "separator=|", "-e", "frame.time_epoch",
		"-e", "frame.interface_name", "-e", "ip.dst", "-e", "icmp.seq", "-e", "icmp.checksum.status", "-e", "frame.comment").Output()
	require.NoError(t, err)
	require.Equal(t, "1.000000005|h1|10.0.0.2|1|1|asked by the user\n2.000000000|h2|10.0.0.2|1|1|\n", string(out))
}
