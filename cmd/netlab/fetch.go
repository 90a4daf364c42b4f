package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"netlab/service"
)

// fetch sends one request and writes the content of its answer.
func (a *app) fetch(ctx context.Context, s service.Stack, url, method, data, output string, verbose bool) error {
	o := service.FetchOptions{Method: method, Out: a.out, Length: -1}
	if body, length, err := fetchBody(data); err != nil {
		return err
	} else if body != nil {
		defer body.Close()
		o.Body, o.Length = body, length
	}
	var file *wholeFile
	if output != "" {
		var err error
		if file, err = createFile(output); err != nil {
			return err
		}
		o.Out = file
	}
	bar := progressBar{out: a.err}
	if !a.quiet && !a.noProgress && output != "" && isTerminal(a.err) {
		o.Progress = bar.show
	}
	result, err := service.Fetch(ctx, s, url, o)
	bar.end()
	if file != nil {
		if err != nil {
			file.remove() // whole or not at all
		} else if err = file.finish(nil); err != nil {
			return err
		}
	}
	if verbose {
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

// fetchBody reads what --data says: a text, or @ and the name of a file. nil: there is none.
func fetchBody(data string) (body io.ReadCloser, length int64, err error) {
	name, isFile := strings.CutPrefix(data, "@")
	switch {
	case data == "":
		return nil, -1, nil
	case !isFile:
		return io.NopCloser(bytes.NewBufferString(data)), int64(len(data)), nil
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

// tellFetch says on standard error how a fetch went.
func (a *app) tellFetch(r service.FetchResult) {
	if r.Connected > 0 {
		fmt.Fprintf(a.err, "* connected to %s from %s in %s\n", r.Remote, r.Local, round(r.Connected))
	}
	if r.FirstByte > 0 {
		fmt.Fprintf(a.err, "< %s %d %s   %s after the connection\n", r.Version, r.Status, r.Reason, round(r.FirstByte-r.Connected))
		for _, field := range r.Header {
			fmt.Fprintf(a.err, "< %s: %s\n", field.Name, field.Value)
		}
	}
	if r.Done > 0 {
		fmt.Fprintf(a.err, "* %d octets of content in %s\n", r.Octets, round(r.Done-r.FirstByte))
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
