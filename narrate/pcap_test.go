package narrate_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
)

func records(t *testing.T, b []byte) []capture.Record {
	t.Helper()
	r, err := capture.NewReader("x.pcapng", bytes.NewReader(b))
	require.NoError(t, err)
	var all []capture.Record
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, rec)
	}
}

func TestPcapng(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, narrate.Pcapng(stored(), &b, narrate.PcapngOptions{}))
	all := records(t, b.Bytes())
	require.Len(t, all, 8)
	var comments []string
	for i, rec := range all {
		require.Equal(t, i+1, rec.Number)
		comments = append(comments, append(rec.Comments, "")[0])
	}
	require.Equal(t, []string{
		"h1 sends SYN to open the connection (RFC 9293, Section 3.5)",
		"h2 sends SYN-ACK to accept the connection (RFC 9293, Section 3.5)",
		"h1 acknowledges the SYN (RFC 9293, Section 3.5)",
		"h1 sends bytes 1..1461. Lost on h1>r1: loss 10%",
		"h1 sends bytes 1461..2921",
		"h2 asks for 1 again (RFC 5681, Section 3.2)",
		"h1 sends bytes 1..1461 again: the retransmission timer expired (RFC 6298, Section 5.4). Replaces packet 4",
		"Discarded: h2 drops the packet: wrong checksum",
	}, comments)
	require.Equal(t, segment(false, 99, 0, "S", 0), all[0].Packet)
	require.Equal(t, time.Unix(0, 20010000).UTC(), all[3].At)

	var again bytes.Buffer
	require.NoError(t, narrate.Pcapng(stored(), &again, narrate.PcapngOptions{}))
	require.Equal(t, b.Bytes(), again.Bytes())
}

func TestRecorder(t *testing.T) {
	var b bytes.Buffer
	r, err := narrate.NewRecorder(&b, capture.Raw("h1", "h2")...)
	require.NoError(t, err)
	store := timeline.New(0)
	run(r.Tee(store.Append))
	require.NoError(t, r.Close())

	require.Equal(t, stored().Last(), store.View().Last())
	all := records(t, b.Bytes())
	require.Len(t, all, 8)
	require.Equal(t, []string{"h1 sends bytes 1..1461 again: the retransmission timer expired (RFC 6298, Section 5.4). Replaces packet 4"}, all[6].Comments)
	require.Empty(t, all[7].Comments, "nothing is known of a packet from outside when it arrives")
}

// slowFile lets the first write wait until it is released.
type slowFile struct {
	bytes.Buffer
	release chan struct{}
}

func (f *slowFile) Write(p []byte) (int, error) {
	<-f.release
	return f.Buffer.Write(p)
}

func TestASlowFileDoesNotHoldUpPackets(t *testing.T) {
	f := &slowFile{release: make(chan struct{})}
	r, err := narrate.NewRecorder(f)
	require.NoError(t, err)
	store := timeline.New(1 << 16)
	emit := r.Tee(store.Append)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				emit(trace.Event{Kind: trace.Sent, Host: "h1", Say: "sends", Octets: segment(false, 1, 1, "A", 1000)})
			}
		})
	}
	all.Wait() // the file has taken nothing yet
	require.Equal(t, trace.ID(2000), store.View().Last())
	close(f.release)
	require.NoError(t, r.Close())
	require.Len(t, records(t, f.Bytes()), 2000, "the store has forgotten most of them; the file has all")
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestAFullDiskIsReportedAtTheEnd(t *testing.T) {
	r, err := narrate.NewRecorder(&fullDisk{room: 20000})
	require.NoError(t, err)
	store := timeline.New(0)
	emit := r.Tee(store.Append)
	for range 1000 {
		emit(trace.Event{Kind: trace.Sent, Host: "h1", Octets: segment(false, 1, 1, "A", 1000)})
	}
	require.Equal(t, trace.ID(1000), store.View().Last(), "the run goes on")
	require.ErrorContains(t, r.Close(), "no space left on device")
}

func TestTsharkReadsARun(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	var b bytes.Buffer
	require.NoError(t, narrate.Pcapng(stored(), &b, narrate.PcapngOptions{}))
	name := filepath.Join(t.TempDir(), "run.pcapng")
	require.NoError(t, os.WriteFile(name, b.Bytes(), 0o644))
	out, err := exec.Command(tshark, "-r", name, "-Y", "frame.number == 7", "-T", "fields", "-E", "separator=|",
		"-e", "frame.interface_name", "-e", "tcp.seq", "-e", "tcp.len", "-e", "frame.comment").Output()
	require.NoError(t, err)
	require.Equal(t, "h1|1|1460|h1 sends bytes 1..1461 again: the retransmission timer expired (RFC 6298, Section 5.4). Replaces packet 4\n", string(out))
}
