package narrate

import (
	"io"

	"netlab/capture"
	"netlab/stream"
)

// Messages gives the HTTP messages of a capture to h. An error of the capture comes back after everything before it has been given.
func Messages(r *capture.Reader, h stream.HTTP) error {
	a := stream.New(stream.Config{Data: h.Data, Ended: h.Ended})
	for {
		rec, err := r.Next()
		if err != nil {
			a.Close()
			if err == io.EOF {
				return nil
			}
			return err
		}
		a.Add(stream.PacketOf(&rec))
	}
}
