package capture_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/tls"
	"netlab/wire"
)

// ours lets netlab's client and server talk twice: with a certificate of the client; with a ticket, early data and a HelloRetryRequest. It returns the
// flights of the connection that is wanted, 0 or 1, and the key log.
func ours(t testing.TB, wanted int) ([]flight, []byte) {
	t.Helper()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.NewChaCha8([32]byte{1}))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.netlab.test"}, DNSNames: []string{"www.netlab.test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.NewChaCha8([32]byte{2}), template, template, &key.PublicKey, key)
	require.NoError(t, err)
	root, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(root)
	pair, err := tls.NewKeyPair(key, der)
	require.NoError(t, err)
	pair.OCSP = []byte{0x30, 3, 1, 1, 0}
	var keyLog []byte
	log := func(label string, random, secret []byte) {
		keyLog = tls.AppendKeyLogLine(keyLog, label, random, secret)
	}
	client := tls.Config{
		Roots: pool, Insecure: true, Certificates: []tls.KeyPair{pair}, Sessions: &tls.Sessions{}, EarlyData: 1000, ALPN: []string{"h2", "http/1.1"}, RecordSizeLimit: 9000,
		Random: rand.NewChaCha8([32]byte{3}), KeyLog: log,
	}
	server := tls.Config{
		Certificates: []tls.KeyPair{pair}, Roots: pool, ClientAuth: tls.RequestClientCertificate, Sessions: &tls.Sessions{}, EarlyData: 1000, ALPN: []string{"http/1.1"}, RecordSizeLimit: 9001, Random: rand.NewChaCha8([32]byte{4}),
	}
	for i := range 2 {
		var flights []flight
		c, err := tls.Client(client, "www.netlab.test", now)
		require.NoError(t, err)
		s := tls.Server(server)
		run := func() {
			for {
				up, down := bytes.Clone(c.Next()), bytes.Clone(s.Next())
				if up == nil && down == nil {
					return
				}
				if up != nil {
					flights = append(flights, flight{false, up})
					require.NoError(t, s.Receive(now, up))
				}
				if down != nil {
					flights = append(flights, flight{true, down})
					require.NoError(t, c.Receive(now, down))
				}
			}
		}
		if i == 1 {
			_, err := c.WriteEarly([]byte("early"))
			require.NoError(t, err)
		}
		run()
		_, err = c.Write([]byte("question"))
		require.NoError(t, err)
		require.NoError(t, c.KeyUpdate(true))
		run()
		s.Close()
		run()
		if i == wanted {
			return flights, keyLog
		}
		server.Cookie, server.Groups = true, []tls.Group{tls.GroupSecp384r1}
	}
	return nil, nil
}

// decryptedFields are those that are compared besides tsharkFields.
func decryptedFields() []string {
	return []string{
		"tls.record_size_limit", "tls.extension.psk_ke_modes_length", "tls.extension.psk_ke_mode", "tls.handshake.extensions.cookie_len", "tls.handshake.extensions.cookie",
		"tls.handshake.extensions_key_share_selected_group", "tls.handshake.extensions.psk.identities.length", "tls.handshake.extensions.psk.identity.identity_length",
		"tls.handshake.extensions.psk.identity.identity", "tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "tls.handshake.extensions.psk.binders_len",
		"tls.handshake.extensions.psk.identity.selected", "tls.early_data.max_early_data_size", "tls.handshake.certificate_request_context_length",
		"tls.handshake.client_cert_vrfy.sig_len", "tls.handshake.client_cert_vrfy.sig", "tls.handshake.session_ticket_age_add", "tls.handshake.session_ticket_nonce_length",
		"tls.handshake.session_ticket_nonce", "tls.handshake.key_update.request_update", "tls.handshake.ocsp_response_len",
	}
}

// What tshark sees in our own connections, decrypted, is what the dissector sees in what a Decrypter gives it: field for field, in the order of the handshake.
func TestTsharkAgreesOnDecryptedMessages(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	seen := map[string]bool{}
	for wanted := range 2 {
		flights, keyLog := ours(t, wanted)
		name := filepath.Join(t.TempDir(), fmt.Sprintf("%d.pcapng", wanted))
		f, err := os.Create(name)
		require.NoError(t, err)
		w, err := capture.NewWriter(f)
		require.NoError(t, err)
		require.NoError(t, w.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: keyLog}))
		for i, p := range packetsOf(t, flights, 60000) {
			require.NoError(t, w.Write(time.Unix(int64(i), 0), 0, p, ""))
		}
		require.NoError(t, w.Flush())
		require.NoError(t, f.Close())

		log := &tls.KeyLog{}
		require.NoError(t, log.Add(keyLog))
		d := tls.NewDecrypter(log)
		var nodes []wire.Node
		for _, flight := range flights {
			dir := 0
			if flight.fromServer {
				dir = 1
			}
			for _, r := range d.Receive(dir, flight.data) {
				require.Empty(t, r.Problem)
				nodes = append(nodes, tls.DissectContent(tls.VersionTLS13, r.Type, r.Content, 0)...)
			}
		}
		fields := append(decryptedFields(), tsharkFields()[2:]...) // without those of records
		args := []string{"-r", name, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;"}
		for _, f := range fields {
			args = append(args, "-e", f)
		}
		out, err := exec.Command(tshark, args...).Output()
		require.NoError(t, err)
		theirs := make([][]string, len(fields))
		for line := range strings.Lines(string(out)) {
			for k, values := range strings.Split(strings.TrimRight(line, "\n"), "|") {
				if values != "" {
					theirs[k] = append(theirs[k], values)
				}
			}
		}
		for k, key := range fields {
			want := strings.Join(theirs[k], ";")
			require.Equal(t, want, valuesLike(want, nodes, key), "%s of connection %d", key, wanted)
			seen[key] = seen[key] || want != ""
		}
	}
	for _, key := range decryptedFields() {
		require.True(t, seen[key], "%s is in neither connection", key)
	}
}
