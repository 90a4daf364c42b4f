package service

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// lastAnswers is how long Netcat waits for datagrams after its input has ended.
const lastAnswers = 2 * time.Second

// Netcat sends what in gives on conn, and writes what conn gives to out, until the peer ends its direction. When in ends, our direction is ended; UDP
// has no ends, so there Netcat waits a little for last answers. It closes conn. A Read of in that is under way when the peer ends is left behind.
func Netcat(h Stack, conn net.Conn, in io.Reader, out io.Writer) error {
	defer conn.Close()
	var ended atomic.Bool
	h.Go(func() {
		_, _ = io.CopyBuffer(plainWriter{conn}, in, make([]byte, blockSize)) // a failure to send shows in what is received
		ended.Store(true)
		if _, streams := conn.(interface{ CloseWrite() error }); streams {
			_ = closeWrite(conn)
			return
		}
		conn.SetReadDeadline(h.Now().Add(lastAnswers))
	})
	_, err := io.CopyBuffer(plainWriter{out}, conn, make([]byte, 65535))
	if ended.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}
