package tui

import (
	"fmt"
	"strings"

	"netlab/tls"
)

// schedule is which secrets of a connection a key log gives.
type schedule struct {
	version tls.Version
	suite   tls.CipherSuite
	client  int               // which end the client is
	secrets map[string][]byte // by the label in the key log
}

func scheduleOf(d *tls.Decrypter, log *tls.KeyLog) schedule {
	s := schedule{version: d.Version(), suite: d.CipherSuite(), secrets: map[string][]byte{}}
	random, ok := d.ClientRandom()
	if !ok {
		return s
	}
	for _, label := range []string{
		tls.LabelMaster, tls.LabelClientEarly, tls.LabelEarlyExporter, tls.LabelClientHandshake, tls.LabelServerHandshake,
		tls.LabelClientTraffic, tls.LabelServerTraffic, tls.LabelExporter,
	} {
		if secret := log.Secret(label, random); secret != nil {
			s.secrets[label] = secret
		}
	}
	return s
}

// lines draw the schedule from the top down, and mark the secret that a message was protected with.
func (s *schedule) lines(width int, m *tlsMessage) []line {
	if s.version == tls.VersionTLS12 {
		return s.lines12(width)
	}
	var lines []line
	add := func(st style, text string) { lines = append(lines, line{st, cut(text, width)}) }
	step := func(in, name string) {
		add(bold, fmt.Sprintf("%8s ─▶ %s", in, name))
	}
	branch := func(last bool, name, label, stage string, client bool) {
		corner := "├"
		if last {
			corner = "└"
		}
		st, used := plain, ""
		if m != nil && m.protected && stage != "" && strings.HasPrefix(m.keys, stage) && client == (m.dir == s.client) {
			st, used = bold, "▶"
		}
		secret := s.secrets[label]
		if secret == nil {
			add(dim, fmt.Sprintf("%1s          %s %-14s not in the key log", used, corner, name))
			return
		}
		add(st, fmt.Sprintf("%1s          %s %-14s %x", used, corner, name, secret))
		if stage != "" && (s.suite.Supported() && len(secret) == s.suite.HashLen()) {
			key, iv := s.suite.TrafficSecret(secret).Keys()
			side := "│"
			if last {
				side = " "
			}
			add(st, fmt.Sprintf("           %s   key %x  iv %x", side, key, iv))
		}
	}
	step("PSK or 0", "Early Secret")
	branch(false, "c e traffic", tls.LabelClientEarly, "early", true)
	add(dim, `           │ "derived"`)
	step("(EC)DHE", "Handshake Secret")
	branch(false, "c hs traffic", tls.LabelClientHandshake, "handshake", true)
	branch(false, "s hs traffic", tls.LabelServerHandshake, "handshake", false)
	add(dim, `           │ "derived"`)
	step("0", "Master Secret")
	branch(false, "c ap traffic", tls.LabelClientTraffic, "application", true)
	branch(false, "s ap traffic", tls.LabelServerTraffic, "application", false)
	branch(true, "exp master", tls.LabelExporter, "", false)
	return lines
}

// lines12 draw the schedule of TLS 1.2, of which a key log gives the master secret.
func (s *schedule) lines12(width int) []line {
	lines := []line{{bold, "premaster ─▶ Master Secret"}}
	secret := s.secrets[tls.LabelMaster]
	if secret == nil {
		return append(lines, line{dim, cut("             not in the key log", width)})
	}
	for _, l := range wrap(fmt.Sprintf("%x", secret), max(8, width-13)) {
		lines = append(lines, line{plain, "             " + l})
	}
	return append(lines, line{dim, cut(`             └ "key expansion" with both randoms: keys, IVs, MAC keys`, width)})
}
