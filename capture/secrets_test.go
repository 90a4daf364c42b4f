package capture_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	nettls "netlab/tls"
)

func TestSecretsComeBack(t *testing.T) {
	for n := range 9 {
		var b bytes.Buffer
		w, err := capture.NewWriter(&b)
		require.NoError(t, err)
		require.NoError(t, w.Write(time.Unix(1, 0), 0, packet(), ""))
		data := bytes.Repeat([]byte("x"), n)
		require.NoError(t, w.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: data}))
		require.NoError(t, w.Write(time.Unix(2, 0), 0, packet(), ""))
		require.NoError(t, w.Flush())
		require.Zero(t, b.Len()%4)
		s, err := capture.NewScanner("x", &b)
		require.NoError(t, err)
		var p capture.RawPacket
		packets := 0
		for err = s.Next(&p); err == nil; err = s.Next(&p) {
			packets++
		}
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 2, packets)
		require.Equal(t, []capture.Secrets{{Type: capture.TLSKeyLog, Data: append([]byte(nil), data...)}}, s.Extra().Secrets)
	}
	w, err := capture.NewWriter(&fullDisk{})
	require.NoError(t, err)
	require.ErrorIs(t, w.WriteSecrets(capture.Secrets{}), errFull)
	require.Error(t, w.WriteSecrets(capture.Secrets{Data: make([]byte, 1<<27)}))
}

// tshark decrypts a capture that carries its secrets without being told anything, and sees in it the messages that a Decrypter sees.
func TestTsharkDecryptsWhatCarriesItsSecrets(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		var keyLog bytes.Buffer
		flights := talkTLS(t, version, &keyLog)
		name := filepath.Join(t.TempDir(), "x.pcapng")
		f, err := os.Create(name)
		require.NoError(t, err)
		w, err := capture.NewWriter(f)
		require.NoError(t, err)
		require.NoError(t, w.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: keyLog.Bytes()}))
		for i, p := range packetsOf(t, flights, 60000) {
			require.NoError(t, w.Write(time.Unix(int64(i), 0), 0, p, ""))
		}
		require.NoError(t, w.Flush())
		require.NoError(t, f.Close())
		out, err := exec.Command(tshark, "-r", name, "-Y", "tls.handshake", "-T", "fields", "-e", "tls.handshake.type").Output()
		require.NoError(t, err)
		theirs := strings.Split(strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", ","), ",")

		log := &nettls.KeyLog{}
		require.NoError(t, log.Add(keyLog.Bytes()))
		d := nettls.NewDecrypter(log)
		var ours []string
		said := ""
		for _, flight := range flights {
			dir := 0
			if flight.fromServer {
				dir = 1
			}
			for _, r := range d.Receive(dir, flight.data) {
				require.Empty(t, r.Problem)
				switch r.Type {
				case nettls.ContentHandshake:
					for _, n := range nettls.DissectContent(d.Version(), r.Type, r.Content, 0) {
						require.Empty(t, n.Note)
						ours = append(ours, fmt.Sprint(n.Find("tls.handshake.type").Uint))
					}
				case nettls.ContentApplicationData:
					said += string(r.Content) + ". "
				}
			}
		}
		require.Equal(t, theirs, ours)
		require.Equal(t, "question. answer to question. ", said)
		out, err = exec.Command(tshark, "-r", name, "-q", "-z", "follow,tls,ascii,0").Output()
		require.NoError(t, err)
		require.Contains(t, string(out), "answer to question")
	}
}
