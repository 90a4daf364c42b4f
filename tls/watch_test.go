package tls

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// watched lists what an end tells its tracer.
func watched(events *[]trace.Event) *trace.Tracer {
	return trace.New("host", func(e trace.Event) trace.ID {
		*events = append(*events, e)
		return trace.ID(len(*events))
	})
}

// Each message, each secret and each change of state is an event with the section that asks for it.
func TestEventsTellTheHandshake(t *testing.T) {
	var clientEvents, serverEvents []trace.Event
	client, server := setUp(t)
	client.Tracer, server.Tracer = watched(&clientEvents), watched(&serverEvents)
	client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
	e := connect(t, client, server).done(t)
	require.NoError(t, e.client.KeyUpdate(true))
	e.run()
	e.client.Close()
	e.run()
	for name, events := range map[string][]trace.Event{"client": clientEvents, "server": serverEvents} {
		var told strings.Builder
		for _, ev := range events {
			require.False(t, ev.Ref.IsZero(), ev.Text())
			fmt.Fprintln(&told, ev.Text())
		}
		for _, label := range []string{
			"early secret", "handshake secret", "c hs traffic", "s hs traffic", "master secret", "c ap traffic", "s ap traffic", "exp master", "res master", "resumption", "traffic upd",
		} {
			require.Contains(t, told.String(), `derives "`+label+`"`, name)
		}
		for _, message := range []string{"ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished", "NewSessionTicket", "KeyUpdate"} {
			require.Contains(t, told.String(), "s "+message+", ", name)
		}
		require.Contains(t, told.String(), "goes from WAIT_FINISHED to CONNECTED", name)
		require.Contains(t, told.String(), "the alert close_notify", name)
	}
	// The two ends have derived the same.
	secrets := func(events []trace.Event) map[string]string {
		all := map[string]string{}
		for _, ev := range events {
			if strings.HasPrefix(ev.Say, "derives") && !strings.Contains(ev.Say, "resumption") && !strings.Contains(ev.Say, "traffic upd") {
				all[ev.Changes[0].Name] = ev.Changes[0].New
			}
		}
		return all
	}
	require.Equal(t, secrets(clientEvents), secrets(serverEvents))
}

// A failure is told by both: by the one that refuses with its reason, by the other with the alert.
func TestEventsTellAFailure(t *testing.T) {
	var events []trace.Event
	client, server := setUp(t)
	client.Roots = newAuthority(t, "Another CA").pool()
	client.Tracer = watched(&events)
	connect(t, client, server).run()
	last := events[len(events)-2]
	require.Equal(t, trace.Failed, last.Kind)
	require.Equal(t, "RFC 8446, Section 4.4.2.4", last.Ref.String())
	require.Contains(t, last.Text(), "an authority that is not trusted here")
}
