package tls

import (
	"fmt"
	"slices"
)

// protected is the keys with which one direction of TLS 1.3 is read.
type protected struct {
	stage   int // index in stages
	updates int // how often the application's keys were updated
	keys    *protection
}

// stage is a part of a connection that has its own secret.
type stage struct{ name, label string }

// stages are the parts of one direction, in their order.
func stages(client bool) []stage {
	if client {
		return []stage{{"early", LabelClientEarly}, {"handshake", LabelClientHandshake}, {"application", LabelClientTraffic}}
	}
	return []stage{{"handshake", LabelServerHandshake}, {"application", LabelServerTraffic}}
}

// decrypt13 tries the keys that a record may be protected with: the current ones, those of later parts of the connection, the current ones updated.
func (d *Decrypter) decrypt13(dir int, f *flow, record []byte) (Plain, bool) {
	all := stages(dir == d.client)
	k := f.keys
	if k.keys != nil {
		if p, ok := k.open(record, f); ok {
			f.keys = k
			return p.named(all[k.stage].name, k.updates), true
		}
	}
	first := 0
	if k.keys != nil {
		first = k.stage + 1
	}
	for i := first; i < len(all); i++ {
		secret := d.log.Secret(all[i].label, d.random)
		for _, suite := range d.candidates(all[i], secret) {
			next := protected{stage: i, keys: newProtection(suite.TrafficSecret(secret))}
			if p, ok := next.open(record, f); ok {
				f.keys = next
				return p.named(all[i].name, 0), true
			}
		}
	}
	if k.keys != nil && k.stage == len(all)-1 {
		next := protected{k.stage, k.updates + 1, newProtection(k.keys.secret.Next())}
		if p, ok := next.open(record, f); ok {
			f.keys = next
			return p.named(all[k.stage].name, next.updates), true
		}
	}
	return Plain{}, false
}

// privateSecret makes a secret of a copy of octets.
func privateSecret(s CipherSuite, octets []byte) secret { return secret{s, slices.Clone(octets)} }

// candidates returns the suites that a secret may be for. Early data has the suite of its ticket, whatever the server chooses.
func (d *Decrypter) candidates(of stage, secret []byte) []CipherSuite {
	var fit []CipherSuite
	for _, s := range []CipherSuite{AES128GCMSHA256, AES256GCMSHA384, ChaCha20Poly1305SHA256} {
		if len(secret) == s.HashLen() && (d.version == 0 || d.suite == s || of.label == LabelClientEarly) {
			fit = append(fit, s)
		}
	}
	return fit
}

// open decrypts a record with the next sequence number, or one of as many more as were missed.
func (k *protected) open(record []byte, f *flow) (Plain, bool) {
	header, body := record[:recordHeaderLen], record[recordHeaderLen:]
	start := k.keys.seq
	for i := range uint64(f.missed + 1) {
		if f.tries >= maxTries {
			break
		}
		f.tries++
		k.keys.seq = start + i
		inner, err := k.keys.aead.Open(nil, k.keys.nextNonce(), body, header) // goes on to the next number
		if err != nil {
			continue
		}
		if t, content, refused := unpad(inner); refused == nil {
			return Plain{Type: t, Content: content}, true
		}
	}
	k.keys.seq = start
	return Plain{}, false
}

func (p Plain) named(name string, updates int) Plain {
	p.Keys = name
	if updates > 0 {
		p.Keys = fmt.Sprintf("%s, updated %s", name, counted(updates, "time", "times"))
	}
	return p
}
