package capture_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// choose returns the packets of a file that a filter chooses.
func choose(t testing.TB, f *capture.File, expr string) []int32 {
	t.Helper()
	fl, err := f.Words(context.Background()).Parse(expr)
	require.NoError(t, err, expr)
	numbers, _, err := f.Filter(context.Background(), fl, 1)
	require.NoError(t, err, expr)
	return numbers
}

// A lost segment is the one whose content is sent again; in a capture behind the loss it is the one before which octets are missing.
func TestLost(t *testing.T) {
	for name, want := range map[string][]int32{
		"fast.pcapng":             {11},
		"fast-at-receiver.pcapng": {15}, // before which octets are missing
		"unnecessary.pcapng":      {23}, // of the others the receiver reports that they had arrived
		"reordered.pcapng":        nil,  // overtaken, and not lost
	} {
		require.Equal(t, want, choose(t, load(t, filepath.Join("..", "testdata", "captures", name)), "lost"), name)
	}
}

// Sequence numbers are relative, and wrap.
func TestSequenceNumbers(t *testing.T) {
	all, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	name := write(t, all)
	f := load(t, name)
	require.Equal(t, choose(t, f, "tcp.flags.syn"), choose(t, f, "seq 0"))
	require.Equal(t, choose(t, f, "tcp.flags.syn"), choose(t, f, "seq 0..1"))
	require.Equal(t, choose(t, f, "tcp.seq == 1 and tcp.len > 0"), choose(t, f, "seq 1"))
	first := choose(t, f, "tcp.seq > 1 and tcp.len > 0 and tcp.stream == 0")[0]
	_, sum, err := f.Summary(int(first))
	require.NoError(t, err)
	require.True(t, sum.Numbers.Known && sum.Numbers.AckKnown)
	at := int(sum.Numbers.Seq)
	for expr, want := range map[string]bool{
		span(at, at+1): true, span(at-1, at): false, span(at-1, at+1): true, span(at+int(sum.Numbers.Len), at+int(sum.Numbers.Len)+1): false,
		span(at+int(sum.Numbers.Len)-1, at+int(sum.Numbers.Len)): true, span(1<<32+at, 1<<32+at+1): true, span(at-10, at+100000): true,
	} {
		require.Equal(t, want, len(choose(t, f, expr+" and frame.number == "+fmt.Sprint(first))) == 1, expr)
	}
	// The same with the clients' numbers so far on that they wrap.
	server := binary.BigEndian.Uint16(all[0].Packet[14+20+2:])
	const begin = 1<<32 - 20 // of the client of the first connection
	shift := begin - binary.BigEndian.Uint32(all[0].Packet[14+20+4:])
	for i := range all {
		b := all[i].Packet[14+20:]
		field := b[8:] // of the server the acknowledgment
		if binary.BigEndian.Uint16(b[2:]) == server {
			field = b[4:]
		}
		binary.BigEndian.PutUint32(field, binary.BigEndian.Uint32(field)+shift)
	}
	wrapped := load(t, write(t, all))
	for _, expr := range []string{"seq 0..1", "seq 1..2", "seq 15..25", "seq 21", "seq 1..100000", "tcp.seq > 20", "tcp.ack > 20", "tcp.ack == 1"} {
		require.NotEmpty(t, choose(t, wrapped, expr), expr)
		require.Equal(t, choose(t, f, expr), choose(t, wrapped, expr), expr)
	}
}

func span(from, to int) string { return fmt.Sprintf("seq %d..%d", from, to) }

// Hosts have the names that the capture gives them, in blocks of its own or in DNS answers.
func TestHosts(t *testing.T) {
	f := load(t, filepath.Join("..", "testdata", "captures", "dns.pcapng"))
	hosts, err := f.Hosts(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, hosts)
	for name, addrs := range hosts {
		require.Equal(t, choose(t, f, "host "+addrs[0].String()), choose(t, f, "host "+name))
	}
	_, err = f.Words(context.Background()).Parse("host nobody.example")
	require.ErrorContains(t, err, "no host is called nobody.example")
	require.Equal(t, choose(t, f, "ip.addr == 10.0.0.0/8 or ipv6.addr == ::/0 or arp"), choose(t, f, "host 10.0.0.0/8 or host ::/0 or arp"))
}

// Links are the interfaces of a pcapng file; a pcap file has none.
func TestLinks(t *testing.T) {
	var records []capture.Record
	for _, source := range sources(t) {
		records = append(records, source[:2]...)
	}
	f := load(t, write(t, records))
	require.Len(t, choose(t, f, "link a"), len(choose(t, f, "eth")))
	require.Equal(t, choose(t, f, "not eth and not sll"), choose(t, f, "link b"))
	require.Equal(t, choose(t, f, "link b"), choose(t, f, "link 1"))
	require.Equal(t, choose(t, f, "link b"), choose(t, f, `frame.interface_name == "b" and frame.interface_id == 1`))
	require.NotEmpty(t, choose(t, f, "link b"))
	_, err := f.Words(context.Background()).Parse("tcp and link eth0")
	var wrong *filter.Error
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "tcp and link eth0\n             ^ no link is called eth0: there are a, 0, b, 1, c, 2", wrong.Caret())

	f = load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
	_, err = f.Words(context.Background()).Parse("link a")
	require.ErrorContains(t, err, "this capture does not tell links apart")
}

// Where packets pass, the same segment on the next link is not another.
func TestWatcher(t *testing.T) {
	all, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	watch := func(expr string) *capture.Watcher {
		f, err := capture.Words().Parse(expr)
		require.NoError(t, err)
		return capture.NewWatcher(f)
	}
	again, first := watch("retx"), watch("seq 1 and tcp.ack == 1")
	seen := 0
	for i := range all {
		for _, link := range []string{"h1>r1", "r1>h2"} {
			require.False(t, again.Match(link, all[i].LinkType, all[i].Packet))
			if first.Match(link, all[i].LinkType, all[i].Packet) {
				seen++
			}
		}
	}
	f := load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
	require.Equal(t, 2*len(choose(t, f, "seq 1 and tcp.ack == 1")), seen)
	require.NotZero(t, seen)
	n := len(all) - 1
	for all[n].Length < 100 {
		n--
	}
	require.True(t, again.Match("r1>h2", all[n].LinkType, all[n].Packet))
	_, err = capture.Words().Parse("lost")
	require.ErrorContains(t, err, "lost means nothing here: what is lost shows only afterwards")
}
