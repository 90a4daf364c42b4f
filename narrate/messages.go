package narrate

import (
	"io"

	"netlab/capture"
	"netlab/stream"
)

// Messages gives the HTTP messages of a capture to h. An error of the capture comes back after everything before it has been given.
func Messages(r *capture.Reader, o Options, h stream.HTTP) error {
	secrets := newSecrets(o)
	a := secrets.assemble(h.Data, func(s *stream.Stream, _ opened) { h.Ended(s) })
	for {
		rec, err := r.Next()
		if err != nil {
			a.Close()
			if err == io.EOF {
				return nil
			}
			return err
		}
		secrets.take(r)
		a.AddRecord(&rec)
	}
}
