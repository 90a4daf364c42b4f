package ether

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

func frameFromTo(src, dst MAC) []byte {
	h := Header{Dst: dst, Src: src, Type: TypeIPv4}
	return h.Append(nil, nil)
}

func card(n int) MAC { return MAC{2, 0, 0, 0, byte(n >> 8), byte(n)} }

// newTestSwitch returns a switch with three ports and what it says.
func newTestSwitch(cfg SwitchConfig) (*Switch, *[]string) {
	var said []string
	cfg.Ports = []string{"h1", "h2", "h3"}
	return NewSwitch(cfg, trace.New("s1", func(e trace.Event) trace.ID {
		said = append(said, e.Text())
		return trace.ID(len(said))
	})), &said
}

// IEEE 802.1D, Section 7.8 (the learning process) and 7.7 (forwarding).
func TestSwitchLearnsAndForwards(t *testing.T) {
	s, said := newTestSwitch(SwitchConfig{})
	now := time.Unix(0, 0)
	receive := func(port int, src, dst MAC) []int {
		ports, _ := s.Receive(now, port, frameFromTo(src, dst), 0, 0)
		return ports
	}
	require.Equal(t, []int{1, 2}, receive(0, card(1), Broadcast()), "a broadcast goes out of every other port")
	require.Equal(t, []int{0}, receive(1, card(2), card(1)), "station 1 was heard behind port h1")
	require.Equal(t, []int{1}, receive(0, card(1), card(2)))
	require.Equal(t, []int{1, 2}, receive(0, card(1), card(3)), "station 3 was never heard")
	require.Equal(t, []int{1, 2}, receive(0, card(1), Group6()), "a group's members are not known")
	require.Empty(t, receive(1, card(4), card(2)), "both are behind port h2")
	require.Equal(t, []string{
		"learns that 02:00:00:00:00:01 is behind port h1", "learns that 02:00:00:00:00:02 is behind port h2",
		"learns that 02:00:00:00:00:04 is behind port h2", "does not pass the frame on: its destination is behind the port that it came from",
	}, *said)

	require.Equal(t, []int{0}, receive(2, card(2), card(1)))
	require.Equal(t, "learns that 02:00:00:00:00:02 has moved from port h2 to port h3", (*said)[len(*said)-1])
	require.Equal(t, []int{2}, receive(0, card(1), card(2)))
	require.Equal(t, SwitchCounters{Received: 8, Forwarded: 4, Flooded: 3, Filtered: 1, Learned: 3, Moved: 1}, s.Counters())
	require.Equal(t, []Row{{card(4), "h2", now}, {card(2), "h3", now}, {card(1), "h1", now}}, s.Table(now))
}

// Group6 is the hardware address of all IPv6 nodes.
func Group6() MAC { return MAC{0x33, 0x33, 0, 0, 0, 1} }

// IEEE 802.1D, Section 7.9.2: entries that were not heard for the ageing time go.
func TestSwitchForgetsSilentStations(t *testing.T) {
	s, _ := newTestSwitch(SwitchConfig{})
	now := time.Unix(0, 0)
	s.Receive(now, 0, frameFromTo(card(1), Broadcast()), 0, 0)
	s.Receive(now.Add(DefaultAgeing-1), 1, frameFromTo(card(2), card(1)), 0, 0)
	require.Len(t, s.Table(now.Add(DefaultAgeing-1)), 2)
	ports, _ := s.Receive(now.Add(DefaultAgeing), 1, frameFromTo(card(2), card(1)), 0, 0)
	require.Equal(t, []int{0, 2}, ports, "it is looked for everywhere again")
	require.Equal(t, uint64(1), s.Counters().Aged)
}

func TestSwitchHasABoundOnStations(t *testing.T) {
	s, _ := newTestSwitch(SwitchConfig{Stations: 4})
	now := time.Unix(0, 0)
	for i := range 100 {
		s.Receive(now, 0, frameFromTo(card(i+1), Broadcast()), 0, 0)
	}
	require.Len(t, s.Table(now), 4)
	require.Equal(t, uint64(96), s.Counters().Evicted)
	_, known := s.lookUp(now, card(100))
	require.True(t, known, "those heard last are kept")
}

func TestSwitchKeepsWhatIsNotToBePassedOn(t *testing.T) {
	s, said := newTestSwitch(SwitchConfig{})
	for _, frame := range [][]byte{
		make([]byte, HeaderLen-1),
		frameFromTo(Broadcast(), card(1)),
		frameFromTo(MAC{}, card(1)),
		frameFromTo(card(1), MAC{0x01, 0x80, 0xc2, 0, 0, 0}), // IEEE 802.1D, Section 7.12.6
	} {
		ports, _ := s.Receive(time.Unix(0, 0), 0, frame, 0, 0)
		require.Empty(t, ports)
	}
	require.Equal(t, uint64(3), s.Counters().Malformed)
	require.Equal(t, uint64(1), s.Counters().Filtered)
	require.Len(t, *said, 5, fmt.Sprint(*said))
}

func FuzzSwitch(f *testing.F) {
	f.Add(uint8(0), frameFromTo(card(1), card(2)))
	f.Fuzz(func(t *testing.T, port uint8, frame []byte) {
		s, _ := newTestSwitch(SwitchConfig{Stations: 8})
		in := int(port % 3)
		ports, _ := s.Receive(time.Unix(0, 0), in, frame, 0, 0)
		require.NotContains(t, ports, in, "never out of the port that it came from")
	})
}
