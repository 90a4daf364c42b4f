package tls

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// at returns an end that waits in a state, with the keys that it has there.
func at(t *testing.T, s state) *Conn {
	t.Helper()
	client, server := setUp(t)
	e := connect(t, client, server)
	switch {
	case s == clientWaitsServerHello:
		return e.client
	case s == serverWaitsClientHello:
		return e.server
	case s == serverWaitsSecondClientHello:
		server.Cookie = true
		e = connect(t, client, server)
		require.NoError(t, e.server.Receive(noon(), e.client.Next()))
		return e.server
	case s == clientConnected:
		return e.done(t).client
	case s == serverConnected:
		return e.done(t).server
	}
	require.NoError(t, e.server.Receive(noon(), e.client.Next()))
	c := e.server
	if s < serverWaitsClientHello {
		flight := e.server.Next()
		require.NoError(t, e.client.Receive(noon(), flight[:recordHeaderLen+int(flight[3])<<8+int(flight[4])]))
		require.NotNil(t, e.client.in, "ServerHello was a record of its own")
		c = e.client
	}
	c.state = s // what a state takes is looked up before anything else is done
	return c
}

// give gives an end a record as its peer would send it now.
func give(c *Conn, kind ContentType, content []byte) error {
	if c.in == nil {
		return c.Receive(noon(), appendPlaintext(nil, kind, VersionTLS12, content))
	}
	peer := &protection{secret: c.in.secret, aead: c.in.aead, iv: c.in.iv, seq: c.in.seq}
	return c.Receive(noon(), peer.seal(nil, kind, content, 0))
}

func alertOf(t *testing.T, err error) Alert {
	t.Helper()
	var refused *Error
	require.ErrorAs(t, err, &refused)
	return refused.Alert
}

func allStates() []state {
	var all []state
	for s := clientWaitsServerHello; s < ended; s++ {
		all = append(all, s)
	}
	return all
}

// RFC 8446, Section 4: in each state of both ends, each message that it does not wait for is refused with unexpected_message, and nothing else
// comes of it. What is awaited is not refused for being there.
func TestEachStateRefusesWhatItDoesNotTake(t *testing.T) {
	refused := 0
	for _, s := range allStates() {
		for _, kind := range append(handshakeTypes(), 99, TypeMessageHash) {
			c := at(t, s)
			c.Next()
			err := give(c, ContentHandshake, []byte{byte(kind), 0, 0, 0})
			awaited := slices.ContainsFunc(s.steps(), func(st step) bool { return st.message == kind })
			if awaited {
				if err != nil {
					require.NotEqual(t, AlertUnexpectedMessage, alertOf(t, err), "%v in %v", kind, s)
				}
				continue
			}
			refused++
			require.Error(t, err, "%v in %v", kind, s)
			require.Equal(t, AlertUnexpectedMessage, alertOf(t, err), "%v in %v", kind, s)
			require.Equal(t, ended, c.state)
			onlyAnAlert(t, c)
			require.Equal(t, err, c.Receive(noon(), []byte{22, 3, 3, 0, 1, 0}), "nothing is taken after it")
			require.Nil(t, c.Next())
		}
	}
	require.Greater(t, refused, 200)
}

// onlyAnAlert checks that what an end has to say is one record that can be an alert.
func onlyAnAlert(t *testing.T, c *Conn) {
	t.Helper()
	out := c.Next()
	require.NotEmpty(t, out)
	require.Len(t, out, recordHeaderLen+int(out[3])<<8+int(out[4]), "one record")
	require.Contains(t, []int{recordHeaderLen + 2, recordHeaderLen + 2 + 1 + tagLen}, len(out))
}

// The same for records: what may come where.
func TestEachStateRefusesWrongRecords(t *testing.T) {
	overflow := append([]byte{23, 3, 3}, 0x41, 0x01) // 2^14 + 257 octets follow
	for _, s := range allStates() {
		for name, c := range map[string]struct {
			give  func(c *Conn) error
			alert Alert
			takes bool
		}{
			"no TLS":             {func(c *Conn) error { return c.Receive(noon(), []byte("GET / HTTP/1.1\r\n\r\n")) }, AlertUnexpectedMessage, false},
			"heartbeat":          {func(c *Conn) error { return give(c, ContentHeartbeat, []byte{1}) }, AlertUnexpectedMessage, false},
			"oversized":          {func(c *Conn) error { return c.Receive(noon(), overflow) }, AlertRecordOverflow, false},
			"empty handshake":    {func(c *Conn) error { return give(c, ContentHandshake, nil) }, AlertUnexpectedMessage, false},
			"empty alert":        {func(c *Conn) error { return give(c, ContentAlert, nil) }, AlertUnexpectedMessage, false},
			"half an alert":      {func(c *Conn) error { return give(c, ContentAlert, []byte{2}) }, AlertDecodeError, false},
			"two alerts":         {func(c *Conn) error { return give(c, ContentAlert, []byte{1, 0, 1, 0}) }, AlertDecodeError, false},
			"data":               {func(c *Conn) error { return give(c, ContentApplicationData, []byte("x")) }, AlertUnexpectedMessage, s.takesData()},
			"change_cipher_spec": {func(c *Conn) error { return c.Receive(noon(), []byte{20, 3, 3, 0, 1, 1}) }, AlertUnexpectedMessage, s != serverWaitsClientHello && !s.connected()},
			"ccs of two octets":  {func(c *Conn) error { return c.Receive(noon(), []byte{20, 3, 3, 0, 2, 1, 1}) }, AlertUnexpectedMessage, false},
			"ccs of 2":           {func(c *Conn) error { return c.Receive(noon(), []byte{20, 3, 3, 0, 1, 2}) }, AlertUnexpectedMessage, false},
			"protected ccs": {func(c *Conn) error {
				if c.in == nil {
					return unexpected("", "")
				}
				return give(c, ContentChangeCipherSpec, []byte{1})
			}, AlertUnexpectedMessage, false},
			"a huge message": {func(c *Conn) error {
				awaited := s.steps()[0].message
				return give(c, ContentHandshake, []byte{byte(awaited), 0xff, 0xff, 0xff})
			}, AlertIllegalParameter, false},
			"an alert in a message": {func(c *Conn) error {
				if err := give(c, ContentHandshake, []byte{byte(s.steps()[0].message), 0}); err != nil {
					return err
				}
				return give(c, ContentAlert, []byte{1, 0})
			}, AlertUnexpectedMessage, false},
		} {
			end := at(t, s)
			if s == serverWaitsEndOfEarlyData {
				end.hs.session = &Session{MaxEarlyData: 10}
			}
			end.Next()
			err := c.give(end)
			if c.takes {
				require.NoError(t, err, "%s in %v", name, s)
				continue
			}
			require.Error(t, err, "%s in %v", name, s)
			require.Equal(t, c.alert, alertOf(t, err), "%s in state %d (%v): %v", name, s, s, err)
		}
	}
}

// Records without protection where all are protected.
func TestRecordsThatAreNotProtected(t *testing.T) {
	for _, s := range allStates() {
		if c := at(t, s); c.in != nil {
			require.Equal(t, AlertUnexpectedMessage, alertOf(t, c.Receive(noon(), appendPlaintext(nil, ContentHandshake, VersionTLS12, []byte{20, 0, 0, 0}))), "%v", s)
		}
	}
}

func TestBoundsAreReached(t *testing.T) {
	for name, c := range map[string]struct {
		give func(c *Conn) error
		in   state
	}{
		"empty records":       {func(c *Conn) error { return give(c, ContentApplicationData, nil) }, clientConnected},
		"key updates":         {func(c *Conn) error { return give(c, ContentHandshake, (&KeyUpdate{}).append(nil)) }, serverConnected},
		"change_cipher_specs": {func(c *Conn) error { return c.Receive(noon(), []byte{20, 3, 3, 0, 1, 1}) }, clientWaitsServerHello},
		"tickets": {func(c *Conn) error {
			return give(c, ContentHandshake, (&NewSessionTicket{Lifetime: 1, Ticket: []byte{1}}).append(nil))
		}, clientConnected},
	} {
		end := at(t, c.in)
		n := 0
		var err error
		for err == nil && n < 100 {
			err = c.give(end)
			n++
		}
		require.Equal(t, AlertUnexpectedMessage, alertOf(t, err), name)
		require.Equal(t, 33, n, name)
	}
	// Early data, and what is thrown away of it.
	c := at(t, serverWaitsEndOfEarlyData)
	c.hs.session = &Session{MaxEarlyData: 10}
	require.NoError(t, give(c, ContentApplicationData, make([]byte, 10)))
	require.Equal(t, AlertUnexpectedMessage, alertOf(t, give(c, ContentApplicationData, []byte{1})))

	// A client keeps no more tickets than a few.
	client, server := setUp(t)
	client.Sessions, server.Sessions, server.Tickets = &Sessions{}, &Sessions{}, 20
	connect(t, client, server).done(t)
	require.Equal(t, maxKeptTickets, client.Sessions.(*Sessions).Len())
	// A store keeps no more sessions than it should, and the newest of them.
	store := &Sessions{Max: 3}
	for i := range 10 {
		store.Put(string(rune('a'+i)), Session{})
	}
	require.Equal(t, 3, store.Len())
	_, found := store.Take("j")
	require.True(t, found)
	_, found = store.Take("a")
	require.False(t, found)
	for range 100 { // what is put and taken again leaves nothing behind
		store.Put("x", Session{})
		store.Take("x")
	}
	require.LessOrEqual(t, len(store.order), 2*store.Max)

	// Write takes no more than may wait for Next.
	e := connect(t, client, server).done(t)
	n, err := e.client.Write(make([]byte, 10<<20))
	require.NoError(t, err)
	require.Less(t, n, maxOutput+maxPlaintext)
}

// The stream of octets may be cut anywhere: the handshake is the same, and what an application gives to Write is on the wire only
// when there are keys for it.
func TestRandomCuts(t *testing.T) {
	const secretText = "plaintext that must not be seen"
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		client, server := setUp(t)
		client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
		server.Cookie = round%3 == 0
		if round%2 == 0 {
			server.ClientAuth = RequestClientCertificate
			server.Roots = client.Roots
			client.Certificates = server.Certificates
		}
		e := connect(t, client, server)
		var up, down []byte
		wrote := map[*Conn]int{}
		for steps := 0; len(wrote) < 2 || len(up)+len(down) > 0; steps++ {
			require.Less(t, steps, 100_000)
			for _, c := range []*Conn{e.client, e.server} {
				n, err := c.Write([]byte(secretText))
				require.NoError(t, err)
				if !c.State().Done {
					require.Zero(t, n, "before the handshake is done nothing is taken")
				} else if wrote[c] < 3 {
					wrote[c] += n
				}
			}
			up, down = append(up, e.client.Next()...), append(down, e.server.Next()...)
			require.False(t, bytes.Contains(up, []byte(secretText)) || bytes.Contains(down, []byte(secretText)))
			n := r.IntN(min(len(up), 700) + 1)
			require.NoError(t, e.server.Receive(noon(), up[:n]))
			up = up[n:]
			n = r.IntN(min(len(down), 700) + 1)
			require.NoError(t, e.client.Receive(noon(), down[:n]))
			down = down[n:]
			if len(wrote) == 2 && steps > 200 {
				break
			}
		}
		for _, c := range []*Conn{e.client, e.server} {
			got := make([]byte, 1<<16)
			n, err := c.Read(got)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(got[:n]), secretText))
		}
	}
}

// One octet at a time, and everything at once.
func TestOneOctetAtATime(t *testing.T) {
	client, server := setUp(t)
	e := connect(t, client, server)
	for range 10 {
		for _, b := range bytes.Clone(e.client.Next()) {
			require.NoError(t, e.server.Receive(noon(), []byte{b}))
		}
		for _, b := range bytes.Clone(e.server.Next()) {
			require.NoError(t, e.client.Receive(noon(), []byte{b}))
		}
	}
	e.done(t).talk(t)
}

// RFC 8446, Section 5.1: behind a message after which the keys change there is nothing in its record.
func TestNothingGoesOnOverAChangeOfKeys(t *testing.T) {
	for name, c := range map[string]struct {
		kind   HandshakeType
		nth    int
		cookie bool
		client bool // it is the client that refuses
	}{
		"ClientHello":        {kind: TypeClientHello},
		"ClientHello, retry": {kind: TypeClientHello, cookie: true},
		"second ClientHello": {kind: TypeClientHello, cookie: true, nth: 1},
		"ServerHello":        {kind: TypeServerHello, client: true},
		"server's Finished":  {kind: TypeFinished, client: true},
		"client's Finished":  {kind: TypeFinished, nth: 1},
	} {
		client, server := setUp(t)
		server.Cookie = c.cookie
		l := newLiar(t, client, server)
		l.edit[c.kind], l.nth = func(raw []byte) []byte { return append(bytes.Clone(raw), 8) }, c.nth
		if name == "ClientHello, retry" {
			require.Error(t, l.server.Receive(noon(), appendPlaintext(nil, ContentHandshake, VersionTLS10, l.edit[c.kind](bytes.Clone(l.client.Next()[recordHeaderLen:])))))
			onlyAnAlert(t, l.server)
			continue
		}
		l.run()
		err := l.serverErr
		if c.client {
			err = l.clientErr
		}
		require.Equal(t, AlertUnexpectedMessage, alertOf(t, err), name)
	}
	end := at(t, clientConnected)
	err := give(end, ContentHandshake, append((&KeyUpdate{}).append(nil), 4))
	require.Equal(t, AlertUnexpectedMessage, alertOf(t, err))
}

// Who closes before the handshake is done has not agreed to anything.
func TestCloseNotifyInTheHandshake(t *testing.T) {
	for _, s := range allStates() {
		c := at(t, s)
		c.Next()
		err := give(c, ContentAlert, []byte{1, 0})
		if s.connected() {
			require.NoError(t, err)
			require.True(t, c.State().PeerClosed)
			continue
		}
		require.Equal(t, &PeerAlert{AlertCloseNotify}, err, "%v", s)
		require.Nil(t, c.Next(), "no answer")
		require.NoError(t, give(at(t, s), ContentAlert, []byte{1, byte(AlertUserCanceled)}))
	}
}

// withRefusedEarlyData returns a server that reads over early data which it does not take, and its client.
func withRefusedEarlyData(t *testing.T) *ends {
	t.Helper()
	client, server := setUp(t)
	client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
	client.EarlyData, server.EarlyData = 1000, 1000
	connect(t, client, server).done(t)
	server.Sessions = &Sessions{} // the server has forgotten
	lab := newAuthority(t, "Client CA")
	server.Roots, server.ClientAuth, server.RecordSizeLimit = lab.pool(), RequestClientCertificate, 200
	client.Certificates, client.RecordSizeLimit = []KeyPair{lab.issue(ecKey(t), "alice", nil)}, 1000
	e := connect(t, client, server)
	require.NoError(t, e.server.Receive(noon(), e.client.Next()))
	return e
}

// As much is read over as a client may have sent, and not for ever; and nothing more once the client uses the keys of the handshake.
func TestEarlyDataIsNotReadOverForEver(t *testing.T) {
	garbage := appendPlaintext(nil, ContentApplicationData, VersionTLS12, make([]byte, 1000))
	e := withRefusedEarlyData(t)
	n := 0
	var err error
	for ; err == nil && n < 1000; n++ {
		err = e.server.Receive(noon(), garbage)
	}
	require.Equal(t, AlertUnexpectedMessage, alertOf(t, err))
	require.Equal(t, 2*maxPlaintext/len(garbage)+1, n)

	e = withRefusedEarlyData(t)
	require.NoError(t, e.server.Receive(noon(), garbage))
	require.NoError(t, e.client.Receive(noon(), e.server.Next()))
	flight := e.client.Next()
	for ContentType(flight[0]) != ContentApplicationData {
		flight = flight[recordHeaderLen+int(flight[4]):]
	}
	first := flight[:recordHeaderLen+int(flight[3])<<8+int(flight[4])]
	require.Less(t, len(first), len(flight))
	require.NoError(t, e.server.Receive(noon(), first))
	require.Equal(t, AlertBadRecordMAC, alertOf(t, e.server.Receive(noon(), garbage)))
}
