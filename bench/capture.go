package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"netlab/capture"
	"netlab/filter"
)

// captureRows are what is measured of a capture file beside tshark: netlab in a process of its own, which reads the
// whole file with all findings, as its screen does; tshark, which prints its packet list, on one core, as it always does. They are measured only if they are asked for: tshark takes its time.
func captureRows() (rows []row, cleanUp func()) {
	files := &captureFiles{}
	ours := func(figure func(captureFigures) float64, env ...string) func(int) (float64, error) {
		return func(scale int) (float64, error) {
			f, err := files.measure(250_000*scale, env...)
			return figure(f), err
		}
	}
	theirs := func(figure func(captureFigures) float64, args ...string) func(int) (float64, error) {
		return func(scale int) (float64, error) {
			f, err := files.tshark(250_000*scale, args...)
			return figure(f), err
		}
	}
	rate := func(f captureFigures) float64 { return float64(f.Packets) / f.Whole }
	perCPU := func(f captureFigures) float64 { return float64(f.Packets) / f.CPU }
	ms := func(seconds float64) float64 { return 1000 * seconds }
	all := []row{
		{name: "capture: packets, with all findings", unit: "1/s", netlab: ours(rate), peer: theirs(rate)},
		{name: "capture: the same on one core", unit: "1/s", netlab: ours(rate, "GOMAXPROCS=1"), peer: theirs(rate)},
		{name: "capture: the same in a second of CPU time", unit: "1/s", netlab: ours(perCPU), peer: theirs(perCPU)},
		{name: "capture: peak memory", unit: "MiB", lower: true, netlab: ours(func(f captureFigures) float64 { return f.Peak }), peer: theirs(func(f captureFigures) float64 { return f.Peak })},
		{name: "capture: first screen", unit: "ms", lower: true, netlab: ours(func(f captureFigures) float64 { return ms(f.First) })},
		{name: "capture: whole list", unit: "ms", lower: true, netlab: ours(func(f captureFigures) float64 { return ms(f.Whole) }), peer: theirs(func(f captureFigures) float64 { return ms(f.Whole) })},
		{
			name: "capture: filter of 100,000 packets", unit: "ms", lower: true, netlab: ours(func(f captureFigures) float64 { return ms(f.Filter) }),
			peer: func(int) (float64, error) {
				f, err := files.tshark(100_000, "-Y", benchFilter)
				return ms(f.Whole), err
			},
		},
	}
	for i := range all {
		all[i].slow, all[i].beside = true, "tshark"
	}
	return all, files.remove
}

// benchFilter is one that both know, and that neither decides by the first field.
const benchFilter = "tcp.port == 80 and tcp.len > 0 and not tcp.flags.fin"

// captureFigures are what one process found; times are in seconds.
type captureFigures struct {
	Packets  int
	First    float64 // until fifty lines of the list were there
	Whole    float64 // until the whole list was, with all findings
	CPU      float64 // for the same, of the processor
	Filter   float64 // for 100,000 packets of the list
	Peak     float64 // MiB of memory
	Findings int
}

// captureFiles makes the captures, each once.
type captureFiles struct {
	mu   sync.Mutex
	dir  string
	made map[int]string
}

func (c *captureFiles) file(packets int) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name := c.made[packets]; name != "" {
		return name, nil
	}
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "netlab-bench-*")
		if err != nil {
			return "", err
		}
		c.dir, c.made = dir, map[int]string{}
	}
	name := filepath.Join(c.dir, strconv.Itoa(packets)+".pcap")
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	writeTraffic(w, packets)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return "", err
	}
	c.made[packets] = name
	return name, nil
}

func (c *captureFiles) remove() {
	if c.dir != "" {
		os.RemoveAll(c.dir)
	}
}

// captureChild names the file that this process, started again, is to measure.
const captureChild = "NETLAB_BENCH_CAPTURE_CHILD"

// measure has a process of its own read a capture.
func (c *captureFiles) measure(packets int, env ...string) (f captureFigures, err error) {
	name, err := c.file(packets)
	if err != nil {
		return f, err
	}
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), captureChild+"="+name), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(out, &f)
}

// tshark has tshark list a capture.
func (c *captureFiles) tshark(packets int, args ...string) (f captureFigures, err error) {
	name, err := c.file(packets)
	if err != nil {
		return f, err
	}
	cmd := exec.Command("tshark", append([]string{"-n", "-r", name}, args...)...)
	cmd.Stdout = io.Discard
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return f, fmt.Errorf("tshark: %w", err)
	}
	return captureFigures{Packets: packets, Whole: time.Since(start).Seconds(), CPU: cpuOf(cmd.ProcessState), Peak: peakOf(cmd.ProcessState)}, nil
}

func cpuOf(p *os.ProcessState) float64 { return (p.UserTime() + p.SystemTime()).Seconds() }

// runCapture is the process that measure starts. It returns if this is not one.
func runCapture() {
	name := os.Getenv(captureChild)
	if name == "" {
		return
	}
	f, err := readCapture(name)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// readCapture reads a capture as the screen does: the list grows while its beginning is drawn.
func readCapture(name string) (figures captureFigures, err error) {
	start := time.Now()
	f, err := capture.Open(name)
	if err != nil {
		return figures, err
	}
	defer f.Close()
	loaded := make(chan error, 1)
	go func() { loaded <- f.Load(context.Background(), nil) }()
	for f.Len() < 50 {
		if _, _, ended, _ := f.Progress(); ended {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for n := 1; n <= min(50, f.Len()); n++ {
		if _, _, err := f.Summary(n); err != nil {
			return figures, err
		}
	}
	figures.First = time.Since(start).Seconds()
	if err := <-loaded; err != nil {
		return figures, err
	}
	findings, _ := f.Findings()
	figures.Packets, figures.Findings = f.Len(), len(findings)
	figures.Whole, figures.CPU, figures.Peak = time.Since(start).Seconds(), ownCPU(), ownPeak()
	fl, err := filter.Parse(benchFilter, capture.FileKeys())
	if err != nil {
		return figures, err
	}
	start = time.Now()
	if _, _, err := f.Filter(context.Background(), fl, max(1, f.Len()-99_999)); err != nil {
		return figures, err
	}
	figures.Filter = time.Since(start).Seconds()
	return figures, nil
}

// ownPeak returns the most memory that this process had, in MiB, as Linux tells; 0 elsewhere.
func ownPeak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024
		}
	}
	return 0
}
