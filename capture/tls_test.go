package capture_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
	"netlab/wire"
)

// flight is what one end of a TLS connection wrote in one go.
type flight struct {
	fromServer bool
	data       []byte
}

// recorder is a net.Conn that notes what is written to it.
type recorder struct {
	net.Conn
	fromServer bool
	flights    *[]flight
}

func (r *recorder) Write(p []byte) (int, error) {
	*r.flights = append(*r.flights, flight{r.fromServer, append([]byte(nil), p...)})
	return r.Conn.Write(p)
}

// talkTLS lets crypto/tls shake hands with itself, say hello both ways and close. The two ends take turns, so flights are in order.
func talkTLS(t testing.TB, version uint16, keyLog io.Writer) []flight {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.netlab.test"}, DNSNames: []string{"www.netlab.test"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	root, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(root)

	var flights []flight
	a, b := net.Pipe()
	client := tls.Client(&recorder{a, false, &flights}, &tls.Config{
		RootCAs: pool, ServerName: "www.netlab.test", NextProtos: []string{"h2", "http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(1), MinVersion: version, MaxVersion: version, KeyLogWriter: keyLog,
	})
	server := tls.Server(&recorder{b, true, &flights}, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"http/1.1"}, MaxVersion: version,
		SessionTicketsDisabled: version == tls.VersionTLS13,
	})
	done := make(chan error, 1)
	go func() {
		buf := make([]byte, 100)
		n, err := server.Read(buf)
		if err == nil {
			_, err = server.Write([]byte("answer to " + string(buf[:n])))
		}
		done <- err
	}()
	_, err = client.Write([]byte("question"))
	require.NoError(t, err)
	answer := make([]byte, 18)
	_, err = io.ReadFull(client, answer)
	require.NoError(t, err)
	require.Equal(t, "answer to question", string(answer))
	require.NoError(t, <-done)
	return flights
}

// packetsOf puts flights into TCP segments of at most mss octets, as IP packets.
func packetsOf(t testing.TB, flights []flight, mss int) [][]byte {
	t.Helper()
	var packets [][]byte
	seq := [2]uint32{1001, 5001}
	send := func(from int, flags string, data []byte) {
		addr, port := []string{"10.0.1.10", "10.0.2.20"}, []layers.TCPPort{40001, 443}
		network := ipv4(addr[from], addr[1-from], layers.IPProtocolTCP)
		seg := &layers.TCP{
			SrcPort: port[from], DstPort: port[1-from], Seq: seq[from], Ack: seq[1-from], Window: 65535,
			SYN: strings.Contains(flags, "S"), ACK: strings.Contains(flags, "A"), PSH: len(data) > 0,
		}
		if seg.SYN {
			seg.Seq--
		}
		if !seg.ACK {
			seg.Ack = 0
		}
		require.NoError(t, seg.SetNetworkLayerForChecksum(network))
		packets = append(packets, build(t, network, seg, gopacket.Payload(data)))
		seq[from] += uint32(len(data))
	}
	send(0, "S", nil)
	send(1, "SA", nil)
	send(0, "A", nil)
	for _, f := range flights {
		from := 0
		if f.fromServer {
			from = 1
		}
		for data := f.data; len(data) > 0; {
			n := min(mss, len(data))
			send(from, "A", data[:n])
			data = data[n:]
		}
	}
	return packets
}

// saved writes packets to a pcapng file and returns its name.
func saved(t testing.TB, packets [][]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tls.pcapng")
	f, err := os.Create(name)
	require.NoError(t, err)
	w, err := capture.NewWriter(f)
	require.NoError(t, err)
	for i, p := range packets {
		require.NoError(t, w.Write(time.Unix(int64(i), 0), 0, p, ""))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
	return name
}

func TestTLSInWords(t *testing.T) {
	for version, want := range map[uint16][]string{
		tls.VersionTLS13: {"ClientHello www.netlab.test", "ServerHello, ChangeCipherSpec, 4 × application data", "ChangeCipherSpec, application data", "application data", "application data"},
		tls.VersionTLS12: {
			"ClientHello www.netlab.test", "ServerHello, Certificate, ServerKeyExchange, ServerHelloDone", "ClientKeyExchange, ChangeCipherSpec, encrypted handshake message",
			"NewSessionTicket, ChangeCipherSpec, encrypted handshake message", "application data", "application data",
		},
	} {
		s := capture.NewSummarizer()
		var got []string
		for _, p := range packetsOf(t, joined(talkTLS(t, version, nil)), 60000) {
			sum := s.Add(capture.RawIP, p)
			require.Empty(t, sum.Problem)
			if what, data, ok := strings.Cut(sum.What, "  data "); ok {
				require.Equal(t, "TLS", sum.Proto)
				require.NotEmpty(t, data)
				got = append(got, what)
			}
		}
		require.Equal(t, want, got)
	}
}

// joined joins flights of the same end that follow each other while the handshake lasts.
func joined(flights []flight) []flight {
	var all []flight
	for _, f := range flights {
		if n := len(all); n > 0 && all[n-1].fromServer == f.fromServer && f.data[0] != 23 {
			all[n-1].data = append(all[n-1].data, f.data...)
			continue
		}
		all = append(all, f)
	}
	return all
}

// However the records are cut into segments, each segment is known to be TLS, save one that ends within the header of the very first record.
func TestPiecesOfRecords(t *testing.T) {
	flights := talkTLS(t, tls.VersionTLS13, nil)
	for _, mss := range []int{6, 7, 8, 100, 536} {
		s := capture.NewSummarizer()
		for _, p := range packetsOf(t, flights, mss) {
			if sum := s.Add(capture.RawIP, p); strings.Contains(sum.What, "data ") {
				if sum.Proto != "TLS" {
					require.Contains(t, sum.What, "data", mss)
					require.LessOrEqual(t, len(p), 40+5, "%s with segments of %d", sum.What, mss)
				}
			}
			nodes := capture.Dissect(capture.RawIP, p)
			covers(t, nodes, len(p))
			if len(nodes) > 2 {
				require.Equal(t, "tls", nodes[2].Key)
			}
		}
	}
	s := capture.NewSummarizer()
	var words []string
	for _, p := range packetsOf(t, []flight{{false, append([]byte{23, 3, 3, 0, 40}, make([]byte, 40)...)}, {false, []byte{23, 3, 3, 0, 1, 9}}}, 15) {
		words = append(words, s.Add(capture.RawIP, p).What)
	}
	require.Equal(t, []string{"application data  data 1..16", "record continues  data 16..31", "record ends  data 31..46", "application data  data 46..52"}, words[3:])
}

// What a filter says of TLS, by Wireshark's names.
func TestFiltersOnTLS(t *testing.T) {
	packets := packetsOf(t, joined(talkTLS(t, tls.VersionTLS12, nil)), 60000)
	for expr, want := range map[string]string{
		`tls.handshake.type == 1`: "4", `tls.handshake.extensions_server_name == "www.netlab.test"`: "4", `tls.handshake.extensions_server_name contains "netlab"`: "4",
		`tls.handshake.type == 11`: "5", `tls.record.content_type == 23`: "8 9", `tls.handshake.ciphersuite == 0x1301`: "", `tls.handshake.extensions_supported_group == 0x001d`: "4",
		`tls`: "4 5 6 7 8 9", `tls.change_cipher_spec`: "6 7", `tls.alert_message.desc == 40`: "",
	} {
		f, err := filter.Parse(expr, capture.Keys())
		require.NoError(t, err, expr)
		var got []string
		for i, p := range packets {
			if f.Match(capture.Dissect(capture.RawIP, p), p) {
				got = append(got, strconv.Itoa(i+1))
			}
		}
		require.Equal(t, want, strings.Join(got, " "), expr)
	}
}

// tsharkFields are the fields that are compared with tshark, in every packet and with all values.
func tsharkFields() []string {
	return []string{
		"tls.record.version", "tls.record.length", "tls.handshake.type", "tls.handshake.length", "tls.handshake.version", "tls.handshake.random",
		"tls.handshake.session_id_length", "tls.handshake.session_id", "tls.handshake.cipher_suites_length", "tls.handshake.ciphersuite", "tls.handshake.comp_methods_length",
		"tls.handshake.comp_method", "tls.handshake.extensions_length", "tls.handshake.extension.type", "tls.handshake.extension.len",
		"tls.handshake.extensions_server_name_list_len", "tls.handshake.extensions_server_name_type", "tls.handshake.extensions_server_name_len", "tls.handshake.extensions_server_name",
		"tls.handshake.extensions_supported_groups_length", "tls.handshake.extensions_supported_group", "tls.handshake.sig_hash_alg_len", "tls.handshake.sig_hash_alg",
		"tls.handshake.extensions_alpn_len", "tls.handshake.extensions_alpn_str_len", "tls.handshake.extensions_alpn_str",
		"tls.handshake.extensions.supported_versions_len", "tls.handshake.extensions.supported_version",
		"tls.handshake.extensions_key_share_client_length", "tls.handshake.extensions_key_share_group", "tls.handshake.extensions_key_share_key_exchange_length",
		"tls.handshake.extensions_key_share_key_exchange", "tls.handshake.extensions_ec_point_formats_length", "tls.handshake.extensions_ec_point_format",
		"tls.handshake.extensions_reneg_info_len", "tls.handshake.extensions_status_request_type", "tls.handshake.extensions_status_request_responder_ids_len",
		"tls.handshake.extensions_status_request_exts_len", "tls.handshake.certificates_length", "tls.handshake.certificate_length", "tls.handshake.certificate",
		"tls.handshake.server_curve_type", "tls.handshake.server_named_curve", "tls.handshake.server_point_len", "tls.handshake.server_point", "tls.handshake.sig_len",
		"tls.handshake.sig", "tls.handshake.client_point_len", "tls.handshake.client_point", "tls.handshake.session_ticket_lifetime_hint",
		"tls.handshake.session_ticket_length", "tls.handshake.session_ticket", "tls.alert_message.level", "tls.alert_message.desc",
	}
}

func TestTsharkAgreesOnTLS(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	alert := []flight{{true, []byte{21, 3, 3, 0, 2, 2, 40}}}
	for _, flights := range [][]flight{talkTLS(t, tls.VersionTLS13, nil), talkTLS(t, tls.VersionTLS12, nil), alert} {
		packets := packetsOf(t, flights, 60000)
		args := []string{"-r", saved(t, packets), "-T", "fields", "-E", "separator=|", "-E", "aggregator=;"}
		for _, f := range tsharkFields() {
			args = append(args, "-e", f)
		}
		out, err := exec.Command(tshark, args...).Output()
		require.NoError(t, err)
		lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		require.Len(t, lines, len(packets))
		for i, line := range lines {
			nodes := capture.Dissect(capture.RawIP, packets[i])
			for k, want := range strings.Split(line, "|") {
				key := tsharkFields()[k]
				require.Equal(t, want, valuesLike(want, nodes, key), "%s in packet %d", key, i+1)
			}
		}
	}
}

// valuesLike writes all values of a field as tshark does: numbers in the base in which it wrote them.
func valuesLike(want string, nodes []wire.Node, key string) string {
	var values []string
	samples := strings.Split(want, ";")
	var walk func(n *wire.Node)
	walk = func(n *wire.Node) {
		if n.Key == key && len(n.Children) == 0 {
			like := samples[min(len(values), len(samples)-1)]
			switch {
			case strings.HasPrefix(like, "0x"):
				values = append(values, "0x"+strings.Repeat("0", len(like)-2-len(strconv.FormatUint(n.Uint, 16)))+strconv.FormatUint(n.Uint, 16))
			case n.Uint != 0 || like == "0":
				values = append(values, strconv.FormatUint(n.Uint, 10))
			case strings.Contains(n.Value, "… ("):
				values = append(values, like) // netlab shows the beginning only
			case strings.HasPrefix(like, "30") && key == "tls.handshake.certificate":
				values = append(values, like)
			default:
				values = append(values, n.Value)
			}
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	for i := range nodes {
		walk(&nodes[i])
	}
	return strings.Join(values, ";")
}
