package capture_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// Which of both lengths comes first depends on the version of the file. The FCS length beside the link type is no part of it.
func TestLengthsInOldFiles(t *testing.T) {
	for _, c := range []struct {
		minor         uint16
		first, second uint32
	}{{2, 60, 4}, {3, 60, 4}, {3, 4, 60}, {4, 4, 60}} {
		b := []byte{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, byte(c.minor), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x24, 0, 0, 101}
		for range 3 {
			b = append(b, 0, 0, 0, 1, 0, 0, 0, 2)
			b = binary.BigEndian.AppendUint32(b, c.first)
			b = append(binary.BigEndian.AppendUint32(b, c.second), 0x45, 0, 0, 60)
		}
		records, err := readAll(b)
		require.NoError(t, err, "%+v", c)
		require.Len(t, records, 3)
		require.Equal(t, 60, records[2].Length)
		require.Len(t, records[2].Packet, 4)
		require.EqualValues(t, 101, records[2].LinkType)
	}
}
