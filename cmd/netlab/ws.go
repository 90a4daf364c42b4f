package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"netlab/service"
	"netlab/stack"
)

func (a *app) wsCommand() *cobra.Command {
	var f clientFlags
	var trust fetchFlags
	c := &cobra.Command{
		Use:   "ws URL MESSAGE...",
		Short: "Open a WebSocket, send messages, and print what comes back",
		Long:  "Opens a WebSocket with netlab's own stack, sends each message, prints the message that comes back for it, and closes the WebSocket.",
		Example: `  netlab ws --lab hello ws://h2/ws Hello
  netlab ws wss://10.77.0.1:8443/ one two`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError("ws wants a URL and a message, such as: netlab ws --lab hello ws://h2/ws Hello")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			url := webURL(args[0])
			if _, err := service.ParseURL(url); err != nil {
				return usageError("%w", err)
			}
			return a.runClient(cmd.Context(), "ws "+args[0], f, func(ctx context.Context, s service.Stack, _ map[netip.Addr]string) error {
				return a.ws(ctx, s, url, args[1:], trust)
			})
		},
	}
	f.add(c)
	trust.addTrust(c)
	return c
}

// webURL is the URL of the handshake: ws and wss are http and https (RFC 6455, Section 3).
func webURL(url string) string {
	if rest, ok := strings.CutPrefix(url, "ws://"); ok {
		return "http://" + rest
	}
	if rest, ok := strings.CutPrefix(url, "wss://"); ok {
		return "https://" + rest
	}
	return url
}

// ws sends messages and prints the answers.
func (a *app) ws(ctx context.Context, s service.Stack, url string, messages []string, f fetchFlags) error {
	cfg, err := a.clientTLS(f)
	if err != nil {
		return err
	}
	o := service.WebSocketOptions{Messages: messages, Random: rand.Reader, TLS: cfg}
	if h, ok := s.(*stack.Host); ok && a.inLab.Roots != nil {
		o.Random = service.Chance(h) // in a lab nothing may depend on the machine
	}
	answers, err := service.AskWebSocket(ctx, s, url, o)
	for _, m := range answers {
		fmt.Fprintln(a.out, m)
	}
	if err != nil && ctx.Err() == nil {
		return answerNo("%w", err)
	}
	return err
}
