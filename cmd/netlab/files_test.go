package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
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

// What has been told is written before more is waited for.
func TestALiveCaptureIsToldAtOnce(t *testing.T) {
	octets, err := os.ReadFile(testCapture("http.pcap"))
	require.NoError(t, err)
	for _, args := range [][]string{{"--packets"}, {"--json"}, {"--fields", "frame.number"}} {
		from, to := io.Pipe()
		told, out := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(t.Context(), append([]string{"replay", "-", "--plain"}, args...), from, out, io.Discard)
			out.Close()
		}()
		lines := bufio.NewScanner(told)
		_, err := to.Write(octets[:24+16+74]) // the header of the file, and the first packet
		require.NoError(t, err)
		for lines.Scan() && !strings.Contains(lines.Text(), "SYN") && lines.Text() != "1" {
		}
		require.NotEmpty(t, lines.Text(), "the packet is told, and the file goes on")
		require.NoError(t, to.Close())
		for lines.Scan() {
		}
		require.Zero(t, <-ended)
	}
}

// A capture that is being written when the command is interrupted is not blamed for its end.
func TestAnInterruptedCaptureIsNotDamaged(t *testing.T) {
	octets, err := os.ReadFile(testCapture("http.pcap"))
	require.NoError(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	from, to := io.Pipe()
	var out, errOut bytes.Buffer
	go func() {
		_, _ = to.Write(octets[:300])
		interrupt()
		to.Close()
	}()
	require.Equal(t, exitInterrupted, run(ctx, []string{"replay", "-", "--packets"}, from, &out, &errOut))
	require.Empty(t, errOut.String())
	require.Contains(t, out.String(), "SYN-ACK")
}

// The paragraphs of a help text are as wide as the terminal; what is set in stays as it is.
func TestParagraphs(t *testing.T) {
	require.Equal(t, "One two. Three:\n\n  a  b\n  c  d\n\nFour.", paragraphs("One two.\nThree:\n\n  a  b\n  c  d\n\nFour."))
	require.Equal(t, "", paragraphs(""))
}
