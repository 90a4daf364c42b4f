package service

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"netlab/stack"
	"netlab/tcp"
)

// iperf3 measures how fast a connection is. Its client opens a control connection to port 5201, says by JSON what it wants,
// and then as many data connections as it likes to the same port. Each connection begins with a cookie, by which the server
// knows what belongs together; on the control connection single octets say what comes next (iperf 3.12, iperf_api.h).
type iperfState int8

const (
	iperfServerError     iperfState = -2
	iperfTestStart       iperfState = 1
	iperfTestRunning     iperfState = 2
	iperfTestEnd         iperfState = 4
	iperfParamExchange   iperfState = 9
	iperfCreateStreams   iperfState = 10
	iperfExchangeResults iperfState = 13
	iperfDisplayResults  iperfState = 14
)

const (
	iperfCookie   = 37               // octets, the last of them zero
	iperfMessage  = 64 << 10         // octets of JSON at most
	iperfStreams  = 128              // of a test at most, as iperf3's own limit
	iperfBlock    = 1 << 20          // octets of one write at most, as iperf3's own limit
	iperfPatience = 10 * time.Second // for the data connections to come, and to end
	iperfPoll     = time.Millisecond
	iperfDrain    = time.Second           // in which the last octets of a test may arrive
	iperfQuiet    = 20 * time.Millisecond // after so long without any there are no more
	iperfNotThere = 13                    // IEUNIMP: "an option you are trying to set is not implemented yet"
)

// iperfRequest is what a client wants: what of its JSON matters here.
type iperfRequest struct {
	UDP      bool `json:"udp"`
	SCTP     bool `json:"sctp"`
	Omit     int  `json:"omit"` // seconds at the beginning that do not count
	Parallel int  `json:"parallel"`
	Len      int  `json:"len"` // octets of one write
	Reverse  bool `json:"reverse"`
	Both     bool `json:"bidirectional"`
}

// IperfServer answers the clients of iperf3, over TCP: several at once, each with its own streams.
type IperfServer struct {
	mu    sync.Mutex
	tests map[[iperfCookie]byte]*iperfTest
}

// iperfTest is one test. The mutex is the server's.
type iperfTest struct {
	iperfRequest
	streams          []*iperfStream
	began            time.Time // zero: not yet
	running, stopped bool
	over             bool // the control connection has ended
	at               int  // streams that still send or receive
}

// iperfStream is one data connection. The mutex is the server's.
type iperfStream struct {
	conn   net.Conn
	octets int64
	sends  bool
}

// ServeConn deals with one connection, whichever kind it is.
func (s *IperfServer) ServeConn(h *stack.Host, conn net.Conn) {
	var cookie [iperfCookie]byte
	if _, err := io.ReadFull(conn, cookie[:]); err != nil {
		return
	}
	s.mu.Lock()
	t := s.tests[cookie]
	s.mu.Unlock()
	if t != nil {
		s.stream(h, t, inner(conn))
		return
	}
	t = &iperfTest{}
	s.mu.Lock()
	if s.tests == nil {
		s.tests = make(map[[iperfCookie]byte]*iperfTest)
	}
	s.tests[cookie] = t
	s.mu.Unlock()
	_ = s.control(h, t, conn) // the client knows best what went wrong
	s.mu.Lock()
	t.over = true
	delete(s.tests, cookie)
	s.mu.Unlock()
	s.interrupt(h, t)
}

// control is the course of a test.
func (s *IperfServer) control(h *stack.Host, t *iperfTest, conn net.Conn) error {
	if c, ok := inner(conn).(*stack.Conn); ok {
		_ = c.SetNoDelay(true) // the states are single octets, one after another
	}
	if err := sendState(conn, iperfParamExchange); err != nil {
		return err
	}
	if err := readJSON(conn, &t.iperfRequest); err != nil {
		return err
	}
	if t.UDP || t.SCTP || t.Parallel < 1 || t.Parallel > iperfStreams || t.Len < 1 || t.Len > iperfBlock || t.Omit < 0 {
		_ = sendState(conn, iperfServerError)
		return binary.Write(conn, binary.BigEndian, [2]int32{iperfNotThere, 0})
	}
	if err := sendState(conn, iperfCreateStreams); err != nil {
		return err
	}
	if err := s.await(h, iperfPatience, func() bool { return len(t.streams) == t.wanted() }); err != nil {
		return err
	}
	if err := errors.Join(sendState(conn, iperfTestStart), sendState(conn, iperfTestRunning)); err != nil {
		return err
	}
	s.mu.Lock()
	t.running, t.began = true, h.Now()
	s.mu.Unlock()

	if err := expectState(inner(conn), iperfTestEnd); err != nil {
		return err
	}
	end := h.Now()
	s.mu.Lock()
	t.stopped = true
	s.mu.Unlock()
	s.interrupt(h, t)
	if err := s.await(h, iperfPatience, func() bool { return t.at == 0 }); err != nil {
		return err
	}
	return s.results(t, conn, end)
}

// wanted is how many streams a test has.
func (t *iperfTest) wanted() int {
	if t.Both {
		return 2 * t.Parallel
	}
	return t.Parallel
}

// interrupt wakes the streams that read; if the test is over, those that write too. Until then a block is written to its end: the
// client reads whole blocks, and would wait for the rest for ever. Only in a test of both directions it reads no more once it has said that the
// test ends.
func (s *IperfServer) interrupt(h *stack.Host, t *iperfTest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stream := range t.streams {
		if !stream.sends || t.over || t.Both {
			_ = stream.conn.SetDeadline(h.Now())
		}
	}
}

// await waits until ready, which is called with the mutex held.
func (s *IperfServer) await(h *stack.Host, patience time.Duration, ready func() bool) error {
	for end := h.Now().Add(patience); ; {
		s.mu.Lock()
		ok := ready()
		s.mu.Unlock()
		if ok {
			return nil
		}
		if h.Now().After(end) {
			return errors.New("service: iperf3: the other connections do not come")
		}
		if err := h.Sleep(iperfPoll); err != nil {
			return err
		}
	}
}

// stream carries octets on a data connection until the test is stopped.
func (s *IperfServer) stream(h *stack.Host, t *iperfTest, conn net.Conn) {
	stream := &iperfStream{conn: conn}
	s.mu.Lock()
	if len(t.streams) >= t.wanted() || t.running {
		s.mu.Unlock()
		return
	}
	// Of a test in both directions, those in which the client sends come first.
	stream.sends = t.Reverse || t.Both && len(t.streams) >= t.Parallel
	t.streams = append(t.streams, stream)
	t.at++
	s.mu.Unlock()
	if s.await(h, iperfPatience, func() bool { return t.running || t.over }) == nil {
		s.carry(h, t, stream)
	}
	conn.Close() // before the results: the client reads on until then
	s.mu.Lock()
	t.at--
	s.mu.Unlock()
}

// carry sends or receives until the test is stopped.
func (s *IperfServer) carry(h *stack.Host, t *iperfTest, stream *iperfStream) {
	block := make([]byte, t.Len)
	move, counts := stream.conn.Read, t.Omit == 0
	if stream.sends {
		move = stream.conn.Write
	}
	for {
		n, err := move(block)
		s.mu.Lock()
		if !counts && h.Now().Sub(t.began) >= time.Duration(t.Omit)*time.Second {
			counts, stream.octets = true, 0
		}
		stream.octets += int64(n)
		stopped, over := t.stopped || t.over, t.over
		s.mu.Unlock()
		if err != nil || stopped {
			if !stream.sends && !over {
				s.drain(h, stream, block)
			}
			return
		}
	}
}

// drain reads what the client had sent when it said that the test ends, and what is still on its way.
func (s *IperfServer) drain(h *stack.Host, stream *iperfStream, block []byte) {
	for end := h.Now().Add(iperfDrain); h.Now().Before(end); {
		_ = stream.conn.SetReadDeadline(h.Now().Add(iperfQuiet))
		n, err := stream.conn.Read(block)
		s.mu.Lock()
		stream.octets += int64(n)
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// iperfResults is what each side tells the other in the end.
type iperfResults struct {
	CPU         float64             `json:"cpu_util_total"`
	CPUUser     float64             `json:"cpu_util_user"`
	CPUSystem   float64             `json:"cpu_util_system"`
	Retransmits int                 `json:"sender_has_retransmits"` // 1: the streams tell them; -1: we do not send
	Congestion  string              `json:"congestion_used"`
	Streams     []iperfStreamResult `json:"streams"`
}

type iperfStreamResult struct {
	ID          int     `json:"id"`
	Bytes       int64   `json:"bytes"`
	Retransmits int64   `json:"retransmits"` // -1: unknown
	Jitter      float64 `json:"jitter"`
	Errors      int     `json:"errors"`
	Packets     int     `json:"packets"`
	Start       float64 `json:"start_time"` // in seconds
	End         float64 `json:"end_time"`
}

// results exchanges results and lets the client show them.
func (s *IperfServer) results(t *iperfTest, conn net.Conn, end time.Time) error {
	if err := sendState(conn, iperfExchangeResults); err != nil {
		return err
	}
	var theirs struct{}
	if err := readJSON(conn, &theirs); err != nil {
		return err
	}
	ours := iperfResults{Retransmits: -1, Congestion: "cubic"}
	s.mu.Lock()
	for i, stream := range t.streams {
		r := iperfStreamResult{ID: i + 1, Bytes: stream.octets, Retransmits: -1, End: max(0, (end.Sub(t.began) - time.Duration(t.Omit)*time.Second).Seconds())}
		if i > 0 {
			r.ID++ // iperf3 counts 1, 3, 4, 5
		}
		if c, ok := stream.conn.(interface{ Snapshot() tcp.Snapshot }); ok && stream.sends {
			ours.Retransmits, r.Retransmits = 1, c.Snapshot().Counters.Retransmissions
		}
		ours.Streams = append(ours.Streams, r)
	}
	s.mu.Unlock()
	text, err := json.Marshal(ours)
	if err != nil {
		return fmt.Errorf("service: iperf3: %w", err)
	}
	message := append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	if _, err := conn.Write(message); err != nil {
		return err
	}
	if err := sendState(conn, iperfDisplayResults); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1)) // IPERF_DONE, or nothing
	return err
}

func sendState(conn net.Conn, state iperfState) error {
	_, err := conn.Write([]byte{byte(state)})
	return err
}

// expectState waits for a state: the client alone knows how long that takes.
func expectState(conn net.Conn, want iperfState) error {
	var b [1]byte
	_ = conn.SetReadDeadline(time.Time{})
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return err
	}
	if got := iperfState(b[0]); got != want {
		return fmt.Errorf("service: iperf3: the client is in state %d, not %d", got, want)
	}
	return nil
}

// readJSON reads a message: four octets of length, and JSON.
func readJSON(conn net.Conn, into any) error {
	var n uint32
	if err := binary.Read(conn, binary.BigEndian, &n); err != nil {
		return err
	}
	if n > iperfMessage {
		return fmt.Errorf("service: iperf3: a message of %d octets", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(conn, text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("service: iperf3: %w", err)
	}
	return nil
}
