package narrate

import (
	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// secrets are what decrypts the connections of a capture: those of a key log, and those that the capture carries itself.
type secrets struct {
	log  *tls.KeyLog
	seen int // secrets of the capture that were taken
}

func newSecrets(o Options) *secrets {
	s := &secrets{log: o.Keys}
	if s.log == nil {
		s.log = &tls.KeyLog{}
	}
	return s
}

// take takes the secrets that the capture has come by since. They may be anywhere in the file, but what was told before they came was told
// without them.
func (s *secrets) take(r *capture.Reader) {
	for ; s.seen < len(r.Secrets()); s.seen++ {
		if one := r.Secrets()[s.seen]; one.Type == capture.TLSKeyLog {
			_ = s.log.Add(one.Data) // a line that is broken decrypts nothing
		}
	}
}

// assemble returns an Assembler whose streams come decrypted.
func (s *secrets) assemble(data func(stream.Chunk), ended func(*stream.Stream, bool)) *stream.Assembler {
	secure := stream.NewTLS(s.log, data)
	return stream.New(stream.Config{Data: secure.Data, Ended: func(st *stream.Stream) {
		decrypted := secure.Decrypts(st)
		secure.Ended(st)
		ended(st, decrypted)
	}})
}
