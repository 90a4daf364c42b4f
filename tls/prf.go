package tls

import (
	"crypto/hmac"
	"hash"
)

// prf is the pseudorandom function of TLS 1.2: as many octets as out holds, from a secret, a label and a seed.
//
//	P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + …
//	A(0) = seed, A(i) = HMAC_hash(secret, A(i-1))
//	PRF(secret, label, seed) = P_<hash>(secret, label + seed)             RFC 5246, Section 5
func prf(newHash func() hash.Hash, secret []byte, label string, seed, out []byte) {
	seed = append([]byte(label), seed...)
	mac := hmac.New(newHash, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := sum(seed); len(out) > 0; a = sum(a) {
		n := copy(out, sum(a, seed))
		out = out[n:]
	}
}
