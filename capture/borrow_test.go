package capture_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// A borrowed packet, whose headers are read once for all, tells what its copy tells, and a terse Summarizer says all but the words.
func TestABorrowedPacketTellsWhatItsCopyTells(t *testing.T) {
	names, err := filepath.Glob("../testdata/captures/*.pcap*")
	require.NoError(t, err)
	packets, whole := 0, 0
	for _, name := range names {
		r, err := capture.NewReader(name, bytes.NewReader(file(t, filepath.Base(name))))
		if err != nil {
			continue // some are to be none
		}
		of, lent, terse := capture.NewSummarizer(), capture.NewSummarizer(), capture.NewSummarizer()
		terse.Terse = true
		ofFinder, lentFinder := capture.NewFinder(), capture.NewFinder()
		for {
			rec, err := r.Borrow()
			if err != nil {
				break
			}
			packets++
			clone := rec
			clone.Packet = bytes.Clone(rec.Packet)
			want := of.Summarize(&clone)
			require.Equal(t, want, lent.Summarize(&rec), "%s, packet %d", name, rec.Number)
			short := terse.Summarize(&rec)
			short.What = want.What
			require.Equal(t, want, short, "%s, packet %d", name, rec.Number)
			require.Equal(t, ofFinder.Add(&clone), lentFinder.Add(&rec), "%s, packet %d", name, rec.Number)
			if c, ok := rec.Carried(); ok {
				whole++
				same, _ := capture.CarriedBy(clone.LinkType, clone.Packet)
				require.Equal(t, same, c, "%s, packet %d", name, rec.Number)
			}
		}
	}
	require.Greater(t, packets, 100)
	require.Greater(t, whole, 100)
}

// A record that is kept while its Reader goes on is not taken for the packet that came after it.
func TestARecordThatIsKeptIsNotTakenForTheNext(t *testing.T) {
	r, err := capture.NewReader("http.pcap", bytes.NewReader(file(t, "http.pcap")))
	require.NoError(t, err)
	first, err := r.Borrow()
	require.NoError(t, err)
	_, ok := first.Carried()
	require.True(t, ok)
	_, err = r.Borrow()
	require.NoError(t, err)
	_, ok = first.Carried()
	require.False(t, ok)
}
