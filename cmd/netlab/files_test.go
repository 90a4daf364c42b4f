package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A program that writes into netlab's standard input may go on when the command is to end: what it has written is taken, and not waited for longer.
func TestAQuietPipeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		from, to := io.Pipe()
		go func() {
			_, _ = to.Write([]byte("before, "))
			time.Sleep(time.Hour)
			interrupt()
			_, _ = to.Write([]byte("at once"))
			time.Sleep(time.Hour)
			to.Close()
		}()
		begin := time.Now()
		got, err := io.ReadAll(untilQuiet(ctx, from))
		require.NoError(t, err)
		require.Equal(t, "before, at once", string(got))
		require.Equal(t, time.Hour+lastWords, time.Since(begin))
		time.Sleep(2 * time.Hour) // the writer ends
	})
}

// A pipe that ends is read to its end, and its error is that of the reader.
func TestAPipeIsReadWhole(t *testing.T) {
	var out bytes.Buffer
	_, err := io.Copy(&out, untilQuiet(t.Context(), strings.NewReader(strings.Repeat("x", 1<<17))))
	require.NoError(t, err)
	require.Equal(t, 1<<17, out.Len())
	broken := io.MultiReader(strings.NewReader("x"), errReader{})
	_, err = io.ReadAll(untilQuiet(t.Context(), broken))
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// errReader fails.
type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// The paragraphs of a help text are as wide as the terminal; what is set in stays as it is.
func TestParagraphs(t *testing.T) {
	require.Equal(t, "One two. Three:\n\n  a  b\n  c  d\n\nFour.", paragraphs("One two.\nThree:\n\n  a  b\n  c  d\n\nFour."))
	require.Equal(t, "", paragraphs(""))
}
