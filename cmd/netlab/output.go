package main

import (
	"bufio"
	"io"
	"os"
	"strings"
)

// newBufferedOut buffers output that is written in many small pieces. The caller flushes it.
func newBufferedOut(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 64<<10) }

// useASCII reports whether to write ASCII alone: when asked, or where the locale says that the terminal does not
// know UTF-8 (POSIX: LC_ALL before LC_CTYPE before LANG).
func (a *app) useASCII() bool {
	if a.ascii {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToUpper(v)
			return !strings.Contains(v, "UTF-8") && !strings.Contains(v, "UTF8")
		}
	}
	return false
}
