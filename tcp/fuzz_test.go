package tcp

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inState returns a connection in one of the states, for the fuzzer to shake.
func inState(state State, cfg Config, peerHas Options) *Conn {
	c := newConn(epoch, cfg, client, server, nil)
	var seg Segment
	peer := func(flags Flags, seq, ack Seq) {
		s := Segment{Seq: peerISS + seq, Ack: c.snd.iss + ack, Flags: flags, Window: 5000, Options: peerHas}
		c.Receive(epoch, &s)
		for c.Next(epoch, &seg) {
		}
	}
	c.state = SynSent
	c.Next(epoch, &seg)
	switch state {
	case SynSent:
		return c
	case SynReceived:
		peer(SYN, 0, 0)
		return c
	}
	peer(SYN|ACK, 0, 1)
	switch state {
	case CloseWait, LastAck:
		peer(FIN|ACK, 1, 1)
	case FinWait1, FinWait2, Closing, TimeWait:
		_ = c.Close(epoch)
		c.Next(epoch, &seg)
	}
	switch state {
	case LastAck:
		_ = c.Close(epoch)
		c.Next(epoch, &seg)
	case FinWait2:
		peer(ACK, 1, 2)
	case Closing:
		peer(FIN|ACK, 1, 1)
	case TimeWait:
		peer(FIN|ACK, 1, 2)
	}
	return c
}

func TestInState(t *testing.T) {
	for state := SynSent; state <= TimeWait; state++ {
		require.Equal(t, state, inState(state, Config{}, Options{MSS: 100, WindowScale: 3}).State())
	}
}

// FuzzConn gives a connection in any state segments near its window, calls and time. It must not panic, and its
// invariants hold after each.
func FuzzConn(f *testing.F) {
	f.Add(uint8(4), uint16(0), []byte("\x10\x00\x01\x00\x01\x20\x00\x05 and more of it, as it comes"))
	f.Add(uint8(3), uint16(0x1ff), []byte("\x12\x00\x00\x00\x01\x20\x00\x05\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(uint8(5), uint16(2), []byte("\x11\x00\x01\x00\x02\x20\x00\x05\x04\x00\x01\x00\x00\x20\x00\x05"))
	f.Add(uint8(4), uint16(0x300), []byte("\xc8\x00\x00\x00\x00\x20\x00\x00\x90\x00\x00\x00\x00\x20\x00\x04\x90\x00\x02\x00\x00\x20\x02\x05\x00\x00\x00\x00\x00\x20\x00\x03"))
	f.Fuzz(func(t *testing.T, state uint8, switches uint16, moves []byte) {
		on := func(bit int) bool { return switches>>bit&1 != 0 }
		peerHas := Options{MSS: 100, WindowScale: 3, SACKPermitted: on(8), Timestamps: on(9)}
		c := inState(SynSent+State(state)%TimeWait, Config{
			NoRACK: on(10), NoTLP: on(11), NoPRR: on(12), NoUndo: on(13), HyStart: on(14), Congestion: Congestion(switches >> 15), ECN: ECN(state >> 4 % 3),
			SendBuffer: 3000, ReceiveBuffer: 3000, NoDelay: on(0), NoDelayedACK: on(1), NoWindowScale: on(2), NoSWSAvoidance: on(3),
			NoFastRetransmit: on(4), NoCongestionControl: on(5), NoChallengeACK: on(6), KeepAlive: on(7),
		}, peerHas)
		now := epoch
		buf := make([]byte, 700)
		for ; len(moves) >= 8; moves = moves[8:] {
			m := moves[:8]
			a, b := int16(binary.BigEndian.Uint16(m[1:])), int16(binary.BigEndian.Uint16(m[3:]))
			if m[7]%32 == 31 {
				c.TooBig(now, c.snd.una, 60+int(m[0]))
			}
			switch m[7] % 8 {
			case 0:
				_, _ = c.Write(now, buf[:int(m[0])])
			case 1:
				_, _ = c.Read(now, buf[:int(m[0])])
			case 2:
				_ = c.Close(now)
			case 3:
				if d := c.Deadline(); !d.IsZero() {
					now = d
				}
				now = now.Add(time.Duration(m[0]) * time.Millisecond)
				c.Advance(now)
			default:
				seg := Segment{
					Seq: c.rcv.nxt.Add(int(a)), Ack: c.snd.una.Add(int(b)), Flags: Flags(m[0]), Urgent: uint16(m[6]),
					Window: binary.BigEndian.Uint16(m[5:]), Payload: buf[:2*int(m[6])],
				}
				if m[0]&0x80 != 0 { // CWR: with SACK blocks, and with a timestamp near enough
					for i := range int(m[6]) % 4 {
						left := c.snd.una.Add((int(m[5])*i + int(m[2])) * 10)
						seg.Options.SACK[i], seg.Options.SACKs = Block{left, left.Add(int(m[4]) * 10)}, i+1
					}
				}
				if c.ts.on {
					seg.Options.Timestamps, seg.Options.TSVal, seg.Options.TSEcr = true, c.ts.recent+uint32(m[5]>>4)-4, c.clock(now)-uint32(m[6])
				}
				seg.ECN = m[3] % 4
				c.Receive(now, &seg)
			}
			invariants(t, c)
			var seg Segment
			for n := 0; c.Next(now, &seg); n++ {
				require.Less(t, n, 10_000, "it never stops sending")
				invariants(t, c)
				c.Traced(1)
			}
			d := c.Deadline()
			require.False(t, !d.IsZero() && d.Before(now), "deadline in the past")
			_ = c.Snapshot()
			_ = c.Urgent()
		}
	})
}
