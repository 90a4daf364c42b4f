package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netlab/capture"
	"netlab/labca"
	"netlab/tui"
)

// recent is a capture that was looked at on a screen.
type recent struct {
	Path    string    `json:"path"`
	At      time.Time `json:"at"`
	Packets int       `json:"packets"`
}

// mostRecent is how many captures are remembered.
const mostRecent = 9

// recentFile is where they are remembered, beside the lab's authority.
func recentFile() (string, error) {
	dir, err := labca.Dir()
	return filepath.Join(dir, "recent.json"), err
}

// readRecent returns the captures that were looked at lately, the latest first. What cannot be read is as if there were none: nothing depends on it.
func readRecent() (list []recent) {
	path, err := recentFile()
	if err != nil {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list[:min(len(list), mostRecent)]
}

// rememberCapture puts a capture first among those that were looked at. That it cannot be written down is no trouble for who looks at it.
func rememberCapture(name string, packets int) {
	name, err := filepath.Abs(name)
	if err != nil {
		return
	}
	path, err := recentFile()
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	list := slices.DeleteFunc(readRecent(), func(r recent) bool { return r.Path == name })
	list = append([]recent{{name, time.Now().UTC(), packets}}, list...)
	text, err := json.MarshalIndent(list[:min(len(list), mostRecent)], "", "  ")
	if err != nil {
		return
	}
	f, err := createFile(path)
	if err != nil {
		return
	}
	_, err = f.Write(append(text, '\n'))
	_ = f.finish(err)
}

// recentEntries are the lines of the home screen for the captures that are still there.
func recentEntries(now time.Time) []tui.Entry {
	var entries []tui.Entry
	for _, r := range readRecent() {
		if _, err := os.Stat(r.Path); err != nil {
			continue
		}
		entries = append(entries, tui.Entry{
			Section: "Recent", Name: filepath.Base(r.Path), Title: fmt.Sprintf("%s   replay   %s", daysAgo(r.At, now), count(r.Packets, "packet")),
			About:   "A capture that you have looked at:\n\n  " + r.Path + "\n\nThe same, without this menu:\n  netlab replay FILE",
			Capture: func() (*capture.File, error) { return capture.Open(r.Path) },
		})
	}
	return entries
}

// daysAgo says on which day something was.
func daysAgo(at, now time.Time) string {
	day := func(t time.Time) time.Time {
		y, m, d := t.Local().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	switch days := int(day(now).Sub(day(at)) / (24 * time.Hour)); {
	case days <= 0:
		return "today"
	case days == 1:
		return "yesterday"
	default:
		return fmt.Sprintf("%d days ago", days)
	}
}
