package tls

// Lost says that n octets of direction dir are missing. What is left of the record in which they are is passed over; if its end is missing too, the
// next record is found by one that can be decrypted.
func (d *Decrypter) Lost(dir int, n int64) {
	f := &d.half[dir]
	if f.ended || n <= 0 {
		return
	}
	if !f.adrift && len(f.buf) >= recordHeaderLen && int64(RecordLen(f.buf)-len(f.buf)) >= n {
		f.lost += int(n)
		f.buf = append(f.buf, make([]byte, n)...)
		return
	}
	f.at += int64(len(f.buf)) + n
	f.buf, f.adrift, f.lost, f.message = f.buf[:0], true, 0, nil
	f.missed = min(maxMissed, f.missed+1+int(min(n/minRecord, maxMissed)))
}

// How much is tried when octets are missing or keys do not fit.
const (
	minRecord = recordHeaderLen + 1 + tagLen // octets of a protected record
	maxMissed = 256                          // records that may have gone by unseen
	maxTries  = 4096                         // keys and numbers in vain, after which a direction is given up
)

// findRecord drops octets until a record begins that can be decrypted. false: more octets are needed.
func (d *Decrypter) findRecord(f *flow, dir int) bool {
	if f.tries >= maxTries {
		f.ended, f.buf = true, nil
		return false
	}
	for i := 0; i+recordHeaderLen <= len(f.buf); i++ {
		b := f.buf[i:]
		if ContentType(b[0]) != ContentApplicationData || !plausibleHeader(b) || RecordLen(b) < minRecord {
			continue
		}
		if RecordLen(b) > len(b) {
			if i > 0 {
				f.advance(i)
			}
			if len(f.buf) > 2*(recordHeaderLen+maxRecord) {
				f.advance(1)
			}
			return false
		}
		if d.try(dir, b[:RecordLen(b)]) {
			f.advance(i)
			f.adrift = false
			return true
		}
	}
	f.advance(max(0, len(f.buf)-recordHeaderLen+1))
	return false
}

// try tells whether a record can be decrypted. It leaves everything as it was.
func (d *Decrypter) try(dir int, record []byte) bool {
	f := &d.half[dir]
	before, seq := *f, uint64(0)
	if f.keys.keys != nil {
		seq = f.keys.keys.seq
	}
	_, ok := d.decrypt(dir, f, record)
	f.keys, f.seq = before.keys, before.seq
	if f.keys.keys != nil {
		f.keys.keys.seq = seq
	}
	return ok
}
