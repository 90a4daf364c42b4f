package tcp

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inState returns a connection in one of the states, for the fuzzer to shake.
func inState(state State, cfg Config) *Conn {
	c := newConn(epoch, cfg, client, server, nil)
	var seg Segment
	peer := func(flags Flags, seq, ack Seq) {
		s := Segment{Seq: peerISS + seq, Ack: c.snd.iss + ack, Flags: flags, Window: 5000, Options: Options{MSS: 100, WindowScale: 3}}
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
		require.Equal(t, state, inState(state, Config{}).State())
	}
}

// FuzzConn gives a connection in any state segments near its window, calls and time. It must not panic, and its
// invariants hold after each.
func FuzzConn(f *testing.F) {
	f.Add(uint8(4), uint16(0), []byte("\x10\x00\x01\x00\x01\x20\x00\x05 and more of it, as it comes"))
	f.Add(uint8(3), uint16(0x1ff), []byte("\x12\x00\x00\x00\x01\x20\x00\x05\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(uint8(5), uint16(2), []byte("\x11\x00\x01\x00\x02\x20\x00\x05\x04\x00\x01\x00\x00\x20\x00\x05"))
	f.Fuzz(func(t *testing.T, state uint8, switches uint16, moves []byte) {
		on := func(bit int) bool { return switches>>bit&1 != 0 }
		c := inState(SynSent+State(state)%TimeWait, Config{
			SendBuffer: 3000, ReceiveBuffer: 3000, NoDelay: on(0), NoDelayedACK: on(1), NoWindowScale: on(2), NoSWSAvoidance: on(3),
			NoFastRetransmit: on(4), NoCongestionControl: on(5), NoChallengeACK: on(6), KeepAlive: on(7),
		})
		now := epoch
		buf := make([]byte, 700)
		for ; len(moves) >= 8; moves = moves[8:] {
			m := moves[:8]
			a, b := int16(binary.BigEndian.Uint16(m[1:])), int16(binary.BigEndian.Uint16(m[3:]))
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
