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

// assemble returns an Assembler whose streams come decrypted. What is found out about one on the way is told when it ends.
func (s *secrets) assemble(data func(stream.Chunk), ended func(*stream.Stream, opened)) *stream.Assembler {
	secure, hellos := stream.NewTLS(s.log, data), stream.NewHellos()
	return stream.New(stream.Config{Data: func(c stream.Chunk) {
		hellos.Data(c)
		secure.Data(c)
	}, Ended: func(st *stream.Stream) {
		o := opened{decrypted: secure.Decrypts(st), server: hellos.Ended(st)}
		secure.Ended(st)
		ended(st, o)
	}})
}

// opened is what is known of a stream with TLS.
type opened struct {
	decrypted bool
	server    string // the name of the server that the client wanted; empty: nobody said
}
