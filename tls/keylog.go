package tls

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// The labels of a key log: what programs write into the file that SSLKEYLOGFILE names, one secret a line (RFC 9850).
const (
	LabelMaster          = "CLIENT_RANDOM" // the master secret of TLS 1.2
	LabelClientEarly     = "CLIENT_EARLY_TRAFFIC_SECRET"
	LabelClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	LabelServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	LabelClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"
	LabelServerTraffic   = "SERVER_TRAFFIC_SECRET_0"
	LabelExporter        = "EXPORTER_SECRET"
	LabelEarlyExporter   = "EARLY_EXPORTER_SECRET"
)

// KeyLog holds the secrets of connections, by the client's random. Its zero value is empty and ready for use.
type KeyLog struct {
	secrets map[logKey][]byte
}

type logKey struct {
	random [32]byte
	label  string
}

// maxLogged bounds how many secrets a KeyLog holds; those beyond are left out.
const maxLogged = 1 << 20

// Add adds the lines of a key log. Comments, empty lines and labels that are not known are passed over. A line that is broken is too, and the
// error names the first of them: a log may be read while its last line is being written.
func (k *KeyLog) Add(text []byte) error {
	if k.secrets == nil {
		k.secrets = map[logKey][]byte{}
	}
	var first error
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if err := k.line(bytes.TrimSpace(line)); err != nil && first == nil {
			first = fmt.Errorf("tls: key log, line %d: %w", number, err)
		}
	}
	return first
}

// line adds one line: a label, the client's random, a secret, the latter two in hex.
func (k *KeyLog) line(line []byte) error {
	if len(line) == 0 || line[0] == '#' {
		return nil
	}
	fields := bytes.Fields(line)
	length := secretLengths(string(fields[0]))
	if length == nil {
		return nil
	}
	if len(fields) != 3 {
		return fmt.Errorf("%s is followed by a client random and a secret, in hex", fields[0])
	}
	key := logKey{label: string(fields[0])}
	if n, err := hex.Decode(key.random[:], fields[1][:min(64, len(fields[1]))]); err != nil || n != 32 || len(fields[1]) != 64 {
		return fmt.Errorf("the client random %.70q is not 64 hex digits", fields[1])
	}
	secret, err := hex.DecodeString(string(fields[2]))
	if err != nil || len(secret) != length[0] && len(secret) != length[1] {
		return fmt.Errorf("the secret is not %d or %d octets in hex", length[0], length[1])
	}
	if len(k.secrets) < maxLogged {
		k.secrets[key] = secret
	}
	return nil
}

// secretLengths returns how long the secrets of a label are: one of two lengths. nil: the label is not known.
func secretLengths(label string) []int {
	switch label {
	case LabelMaster:
		return []int{48, 48}
	case LabelClientEarly, LabelClientHandshake, LabelServerHandshake, LabelClientTraffic, LabelServerTraffic, LabelExporter, LabelEarlyExporter:
		return []int{32, 48} // SHA-256, SHA-384
	}
	return nil
}

// Len returns how many secrets there are.
func (k *KeyLog) Len() int { return len(k.secrets) }

// Secret returns the secret that a label names for the connection with the given client random; nil: there is none.
func (k *KeyLog) Secret(label string, clientRandom [32]byte) []byte {
	return k.secrets[logKey{clientRandom, label}]
}

// AppendKeyLogLine appends a line of a key log to b: what Config.KeyLog is called with.
func AppendKeyLogLine(b []byte, label string, clientRandom, secret []byte) []byte {
	return fmt.Appendf(b, "%s %x %x\n", label, clientRandom, secret)
}
