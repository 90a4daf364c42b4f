package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/publicsuffix"

	"netlab/http"
	"netlab/service"
	"netlab/tls"
	"netlab/trace"
)

// fetchFlags say what to send, whom to trust, and where the answer goes.
type fetchFlags struct {
	output, method, data, authority string
	verbose, insecure, follow       bool
}

func (f *fetchFlags) add(c *cobra.Command) {
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the content to this file")
	c.Flags().StringVarP(&f.method, "method", "X", "", "request method (GET, or POST with --data)")
	c.Flags().StringVarP(&f.data, "data", "d", "", "send this text, or with @ the content of a file")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "say on standard error what is sent and received, and how long each phase took")
	c.Flags().BoolVarP(&f.follow, "location", "L", false, "go where the server redirects to, with the cookies it gives on the way")
	f.addTrust(c)
}

// addTrust adds the flags that say whom to trust.
func (f *fetchFlags) addTrust(c *cobra.Command) {
	c.Flags().StringVar(&f.authority, "cacert", "", "https: trust the authorities in this PEM file, and nobody else")
	c.Flags().BoolVarP(&f.insecure, "insecure", "k", false, "https: take any certificate, whoever may be behind it")
}

// clientTLS is how a client speaks TLS: in a lab it trusts the lab's authority, else whom the flags say.
func (a *app) clientTLS(f fetchFlags) (tls.Config, error) {
	cfg := a.inLab
	cfg.Insecure = f.insecure
	if cfg.Roots != nil && f.authority == "" {
		return cfg, nil
	}
	var err error
	cfg.KeyLog = a.keys.log()
	cfg.Roots, err = roots(f.authority)
	return cfg, err
}

// fetch sends one request and writes the content of its answer.
func (a *app) fetch(ctx context.Context, s service.Stack, url string, f fetchFlags) error {
	o := service.FetchOptions{Method: f.method, Out: a.out, Length: -1}
	var err error
	if o.TLS, err = a.clientTLS(f); err != nil {
		return err
	}
	if body, length, err := fetchBody(f.data); err != nil {
		return err
	} else if body != nil {
		defer body.Close()
		o.Body, o.Length = body, length
	}
	var file *wholeFile
	if f.output != "" {
		var err error
		if file, err = createFile(f.output); err != nil {
			return err
		}
		o.Out = file
	}
	if f.verbose {
		a.tellHandshake(s, &o.TLS)
		o.Sent = a.tellRequest
	}
	bar := progressBar{out: a.err}
	if !a.quiet && !a.noProgress && f.output != "" && isTerminal(a.err) {
		o.Progress = bar.show
	}
	result, err := a.follow(ctx, s, url, o, f)
	bar.end()
	if file != nil {
		if err != nil {
			file.remove() // whole or not at all
		} else if err = file.finish(nil); err != nil {
			return err
		}
	}
	if f.verbose {
		a.tellFetch(result)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return answerNo("%w", err)
	}
	if result.Status >= 400 {
		return answerNo("%s: the server answered %d %s", url, result.Status, result.Reason)
	}
	return nil
}

// follow fetches, and goes where it is redirected to if it may.
func (a *app) follow(ctx context.Context, s service.Stack, url string, o service.FetchOptions, f fetchFlags) (service.FetchResult, error) {
	if !f.follow {
		return service.Fetch(ctx, s, url, o)
	}
	o.Cookies = &http.CookieJar{PublicSuffix: func(name string) string {
		suffix, _ := publicsuffix.PublicSuffix(name)
		return suffix
	}}
	return service.Follow(ctx, s, url, o, func(r service.FetchResult, to string) {
		if f.verbose {
			a.tellFetch(r)
			fmt.Fprintf(a.err, "* on to %s\n", to)
		}
	})
}

// text is a content that can be sent again.
type text struct{ *strings.Reader }

func (text) Close() error { return nil }

// fetchBody reads what --data says: a text, or @ and the name of a file. nil: there is none.
func fetchBody(data string) (body io.ReadCloser, length int64, err error) {
	name, isFile := strings.CutPrefix(data, "@")
	switch {
	case data == "":
		return nil, -1, nil
	case !isFile:
		return text{strings.NewReader(data)}, int64(len(data)), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, -1, usageError("--data %s: %v", data, reason(err))
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return f, info.Size(), nil
	}
	return f, -1, nil // a pipe: its length is known at its end, so it goes in chunks
}

// tellHandshake has the messages of a handshake told on standard error, besides whom the host's events go to.
func (a *app) tellHandshake(s service.Stack, cfg *tls.Config) {
	var others *trace.Tracer
	if h, ok := s.(interface{ Tracer() *trace.Tracer }); ok {
		others = h.Tracer()
	}
	cfg.Tracer = trace.New("", func(e trace.Event) trace.ID {
		text := e.Text()
		if strings.HasPrefix(text, "sends ") || strings.HasPrefix(text, "receives ") {
			fmt.Fprintf(a.err, "* TLS: %s\n", text)
		}
		if others.On() {
			return others.Emit(e)
		}
		return 0
	})
}

// tellRequest says what is asked.
func (a *app) tellRequest(r *http.Request) {
	fmt.Fprintf(a.err, "> %s %s HTTP/1.1\n", r.Method, r.Target)
	for _, field := range r.Header {
		fmt.Fprintf(a.err, "> %s: %s\n", field.Name, field.Value)
	}
}

// tellFetch says on standard error how a fetch went.
func (a *app) tellFetch(r service.FetchResult) {
	if r.Connected > 0 {
		fmt.Fprintf(a.err, "* connected to %s from %s in %s\n", r.Remote, r.Local, round(r.Connected-r.Named))
	}
	ready := r.Connected
	if r.TLS != nil {
		ready = r.Secured
		fmt.Fprintf(a.err, "* %s in %s\n", service.TLSWords(*r.TLS), round(r.Secured-r.Connected))
		if len(r.TLS.PeerCertificates) > 0 {
			c := r.TLS.PeerCertificates[0]
			fmt.Fprintf(a.err, "* certificate of %s, signed by %s, valid to %s\n", c.Subject.CommonName, c.Issuer.CommonName, c.NotAfter.UTC().Format("2006-01-02 15:04 UTC"))
		}
	}
	if r.FirstByte > 0 {
		fmt.Fprintf(a.err, "< %s %d %s   %s after that\n", r.Version, r.Status, r.Reason, round(r.FirstByte-ready))
		for _, field := range r.Header {
			fmt.Fprintf(a.err, "< %s: %s\n", field.Name, field.Value)
		}
	}
	if r.Done > 0 {
		fmt.Fprintf(a.err, "* %d octets of content in %s\n", r.Octets, round(r.Done-r.FirstByte))
		phases := fmt.Sprintf("name %s, connection %s, ", round(r.Named), round(r.Connected-r.Named))
		if r.TLS != nil {
			phases += fmt.Sprintf("TLS %s, ", round(r.Secured-r.Connected))
		}
		fmt.Fprintf(a.err, "* %sfirst octet %s, the rest %s; %s in all\n", phases, round(r.FirstByte-ready), round(r.Done-r.FirstByte), round(r.Done))
	}
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// progressBar is one line on a terminal that says how far a transfer is.
type progressBar struct {
	out   io.Writer
	drawn time.Time
	shown bool
}

func (b *progressBar) show(done, total int64) {
	const width = 30
	now := time.Now()
	if now.Sub(b.drawn) < 50*time.Millisecond && done != total {
		return
	}
	b.drawn, b.shown = now, true
	if total <= 0 {
		fmt.Fprintf(b.out, "\r%d octets", done)
		return
	}
	full := int(done * width / total)
	fmt.Fprintf(b.out, "\r[%s%s] %3d%%  %d of %d octets", strings.Repeat("#", full), strings.Repeat(".", width-full), done*100/total, done, total)
}

func (b *progressBar) end() {
	if b.shown {
		fmt.Fprintln(b.out)
	}
}
