package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"netlab/capture"
	"netlab/narrate"
	"netlab/stream"
)

// What --extract writes at most, so that a capture cannot fill a disk.
const (
	maxFiles  = 10_000
	maxOctets = 1 << 30 // of one file, unpacked
)

// extraction writes the content of HTTP messages to files.
type extraction struct {
	app    *app
	dir    string
	raw    map[*stream.Message]string // files with what was received so far, as it was sent
	next   int
	more   int // messages beyond maxFiles
	failed error
}

// extracted is what is said of one file.
type extracted struct {
	Kind    string `json:"kind"` // "file"
	File    string `json:"file"`
	Octets  int64  `json:"octets"`
	Stream  int    `json:"stream"`
	Packet  int    `json:"packet"`
	Method  string `json:"method,omitempty"`
	Target  string `json:"target,omitempty"`
	Host    string `json:"host,omitempty"`
	Status  int    `json:"status,omitempty"`
	Type    string `json:"type,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// extract writes the content of every HTTP message of a capture into dir and says which.
func (a *app) extract(name string, r *capture.Reader, o narrate.Options, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usageError("--extract %s: %v", dir, reason(err))
	}
	x := &extraction{app: a, dir: dir, raw: map[*stream.Message]string{}}
	err := narrate.Messages(r, o, stream.HTTP{Content: x.content, Done: x.done})
	for _, path := range x.raw { // only after a failure
		os.Remove(path)
	}
	if x.failed != nil {
		return x.failed
	}
	if x.more > 0 {
		fmt.Fprintf(a.err, "netlab: %d more messages have content; %d files are the most that are written\n", x.more, maxFiles)
	}
	if x.next == 0 && err == nil {
		fmt.Fprintf(a.err, "netlab: %s: no HTTP message with content\n", name)
	}
	return outputError(err)
}

// content collects the octets of a message beside the place where they will be.
func (x *extraction) content(m *stream.Message, b []byte) {
	if x.failed != nil {
		return
	}
	path := x.raw[m]
	if path == "" && x.next+len(x.raw) >= maxFiles {
		return
	}
	if err := x.append(m, path, b); err != nil {
		x.failed = &codeError{exitNo, fmt.Errorf("--extract %s: %w", x.dir, reason(err))}
	}
}

// append adds octets to a message's file, which is open only so long: there may be very many.
func (x *extraction) append(m *stream.Message, path string, b []byte) error {
	var f *os.File
	var err error
	if path == "" {
		f, err = os.CreateTemp(x.dir, ".netlab-*")
	} else {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	}
	if err != nil {
		return err
	}
	x.raw[m] = f.Name()
	_, err = f.Write(b)
	return firstError(err, f.Close())
}

// done puts a message's content into its file, unpacked.
func (x *extraction) done(m *stream.Message) {
	if m.Content == 0 || x.failed != nil {
		return
	}
	raw := x.raw[m]
	delete(x.raw, m)
	if raw == "" {
		x.more++
		return
	}
	defer os.Remove(raw)
	x.next++
	name := m.FileName(x.next)
	for again := 2; ; again++ { // nothing that is there is written over
		if _, err := os.Lstat(filepath.Join(x.dir, name)); os.IsNotExist(err) {
			break
		}
		ending := filepath.Ext(m.FileName(x.next)) // stays the ending, which says what to open it with
		name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(m.FileName(x.next), ending), again, ending)
	}
	n, problem, err := x.write(m, raw, filepath.Join(x.dir, name))
	if err != nil {
		x.failed = err
		return
	}
	x.say(m, name, n, cmp.Or(m.Problem, problem))
}

// write writes the file, and returns what is wrong with its content.
func (x *extraction) write(m *stream.Message, rawPath, path string) (n int64, problem string, err error) {
	raw, err := os.Open(rawPath)
	if err != nil {
		return 0, "", &codeError{exitNo, fmt.Errorf("%s: %w", rawPath, reason(err))}
	}
	defer raw.Close()
	f, err := createFile(path)
	if err != nil {
		return 0, "", err
	}
	known, wrong := stream.Decode(f, raw, m.Encoding, maxOctets)
	switch {
	case !known:
		problem = "left in its encoding: " + m.Encoding
	case wrong != nil:
		problem = strings.TrimPrefix(wrong.Error(), "stream: ")
	}
	n, seekErr := f.Seek(0, io.SeekCurrent)
	return n, problem, f.finish(seekErr)
}

// say tells of a file that was written.
func (x *extraction) say(m *stream.Message, name string, n int64, problem string) {
	path := filepath.Join(x.dir, name)
	if x.app.json {
		x.failed = x.app.printJSON(extracted{
			"file", path, n, m.Stream.Number, m.Packet, m.Method, m.Target, m.Host, int(m.Status), m.Type, problem,
		})
		return
	}
	line := fmt.Sprintf("%s  %d octets  TCP %d, packet %d: %s", path, n, m.Stream.Number, m.Packet, m.Method+" "+m.Target)
	if m.Status != 0 {
		line += " → " + m.Words()
	}
	if problem != "" {
		line += "  ! " + problem
	}
	fmt.Fprintln(x.app.out, narrate.OneLine(line, x.app.useASCII()))
}
