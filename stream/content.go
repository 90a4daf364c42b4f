package stream

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// ErrTooLarge says that content was cut off because it unpacks to more than it may.
var ErrTooLarge = errors.New("stream: content unpacks to more than is kept")

// Decode copies content with its Content-Encoding undone: gzip, deflate, zstd, or none. At most most octets are written; if there are
// more the error is ErrTooLarge. Of a coding that is not known the octets are copied as they are, and known is false. What
// could be unpacked before an error is written.
func Decode(w io.Writer, r io.Reader, encoding string, most int64) (known bool, err error) {
	known = true
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
	case "gzip", "x-gzip": // "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"." RFC 9110, Section 8.4.1.3
		r, err = gzip.NewReader(r)
	case "deflate": // the zlib format, in spite of its name: RFC 9110, Section 8.4.1.2
		r, err = zlib.NewReader(r)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(1<<23)); err == nil {
			defer z.Close()
			r = z
		}
	default:
		known = false
	}
	if err != nil {
		return known, fmt.Errorf("stream: %s: %w", encoding, err)
	}
	n, err := io.Copy(w, io.LimitReader(r, most))
	if err != nil {
		return known, fmt.Errorf("stream: %s: %w", encoding, err)
	}
	if n == most {
		if extra, _ := io.ReadFull(r, make([]byte, 1)); extra > 0 {
			return known, ErrTooLarge
		}
	}
	return known, nil
}
