package tui

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
)

// Sample is a capture that comes with the program.
type Sample struct {
	Name  string // "lossy.pcapng"
	About string // one line
	Open  func() (*capture.File, error)
}

// choose is where a capture file is chosen: by its path, which is typed or completed, or from the list of what may be meant. The list is of
// the folder that is typed, or else of the one that the program runs in.
type choose struct {
	typed    []rune
	folder   string // that is listed, as it was typed: empty, or with a separator at its end
	files    []listed
	wrong    error // why it cannot be listed
	samples  []Sample
	selected int // of the matches
}

// listed is a file or folder in the list, or a sample.
type listed struct {
	name   string // a folder's ends with a separator
	about  string
	sample *Sample
}

// listedMsg is what a folder holds.
type listedMsg struct {
	folder string
	files  []listed
	err    error
}

// list reads a folder, off the Update goroutine.
func list(folder string) tea.Cmd {
	return func() tea.Msg {
		msg := listedMsg{folder: folder}
		entries, err := os.ReadDir(cmp.Or(untilde(folder), "."))
		msg.err = err
		for _, e := range entries {
			info, err := os.Stat(filepath.Join(untilde(folder), e.Name()))
			switch {
			case err != nil: // it is gone, or leads nowhere
			case info.IsDir():
				msg.files = append(msg.files, listed{name: e.Name() + string(filepath.Separator), about: "folder"})
			case info.Mode().IsRegular():
				msg.files = append(msg.files, listed{name: e.Name(), about: fmt.Sprintf("%-7s", octetsShort(info.Size())) + "   " + info.ModTime().Format("2006-01-02 15:04")})
			}
		}
		return msg
	}
}

// untilde writes out the home folder at the beginning of a path.
func untilde(path string) string {
	rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator))
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest) + string(filepath.Separator)
}

// looksLikeCapture reports whether a name is one that captures have.
func looksLikeCapture(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	switch filepath.Ext(name) {
	case ".pcap", ".pcapng", ".cap", ".dmp":
		return true
	}
	return false
}

// split cuts what is typed into the folder and the beginning of a name in it.
func (c *choose) split() (folder, name string) {
	text := string(c.typed)
	at := strings.LastIndexByte(text, filepath.Separator) + 1
	return text[:at], text[at:]
}

// matches are the files and folders that may be meant: captures and folders, or, if a name was begun, all whose names begin so.
// Captures come first, then what comes with the program, then folders.
func (c *choose) matches() []listed {
	folder, begun := c.split()
	var captures, samples, folders []listed
	if folder == c.folder {
		for _, f := range c.files {
			isFolder := strings.HasSuffix(f.name, string(filepath.Separator))
			switch {
			case !strings.HasPrefix(f.name, begun), begun == "" && (f.name[0] == '.' || !isFolder && !looksLikeCapture(f.name)):
			case isFolder:
				folders = append(folders, f)
			default:
				captures = append(captures, f)
			}
		}
	}
	if folder == "" {
		for i := range c.samples {
			if s := &c.samples[i]; strings.HasPrefix(s.Name, begun) {
				samples = append(samples, listed{s.Name, "comes with netlab: " + s.About, s})
			}
		}
	}
	return slices.Concat(captures, samples, folders)
}

// typedChanged lists another folder if one is typed.
func (c *choose) typedChanged() tea.Cmd {
	c.selected = 0
	if folder, _ := c.split(); folder != c.folder {
		c.folder, c.files, c.wrong = folder, nil, nil
		return list(folder)
	}
	return nil
}

// onListed takes what a folder holds, if it is still the one that is typed.
func (c *choose) onListed(msg listedMsg) {
	if msg.folder != c.folder {
		return
	}
	c.files = msg.files
	if c.wrong = msg.err; c.wrong != nil {
		var system *os.PathError
		if errors.As(msg.err, &system) {
			c.wrong = system.Err
		}
	}
}

// complete types on as far as it is clear what is meant.
func (c *choose) complete() tea.Cmd {
	var names []string
	for _, m := range c.matches() {
		if m.sample == nil {
			names = append(names, m.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	common := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	folder, begun := c.split()
	if len(common) <= len(begun) {
		return nil
	}
	c.typed = []rune(strings.ToValidUTF8(folder+common, ""))
	return c.typedChanged()
}

// key handles a key, and returns what it leads to, what was chosen (nil: nothing yet), and whether the user goes back.
func (c *choose) key(name, text string) (cmd tea.Cmd, chosen func() (*capture.File, error), leaves bool) {
	switch name {
	case "esc":
		return nil, nil, true
	case "up":
		c.move(-1)
	case "down":
		c.move(1)
	case "pgup":
		c.move(-10)
	case "pgdown":
		c.move(10)
	case "tab":
		return c.complete(), nil, false
	case "enter":
		cmd, chosen = c.open()
		return cmd, chosen, false
	case "backspace":
		c.typed = c.typed[:max(0, len(c.typed)-1)]
		return c.typedChanged(), nil, false
	case "ctrl+u":
		c.typed = nil
		return c.typedChanged(), nil, false
	default:
		if text != "" {
			c.typed = append(c.typed, []rune(text)...)
			return c.typedChanged(), nil, false
		}
	}
	return nil, nil, false
}

func (c *choose) move(by int) { c.selected = max(0, min(c.selected+by, len(c.matches())-1)) }

// open opens the selected file, or goes into the selected folder. What is typed and not in the list is tried as it is.
func (c *choose) open() (tea.Cmd, func() (*capture.File, error)) {
	folder, begun := c.split()
	matches := c.matches()
	if c.selected >= len(matches) {
		if begun == "" {
			return nil, nil
		}
		path := filepath.Join(untilde(folder), begun)
		return nil, func() (*capture.File, error) { return capture.Open(path) }
	}
	m := matches[c.selected]
	switch {
	case m.sample != nil:
		return nil, m.sample.Open
	case strings.HasSuffix(m.name, string(filepath.Separator)):
		c.typed = []rune(folder + m.name)
		return c.typedChanged(), nil
	}
	path := filepath.Join(untilde(folder), m.name)
	return nil, func() (*capture.File, error) { return capture.Open(path) }
}

// isFile reports whether what is chosen is a file of the user, and not a sample.
func (c *choose) isFile() bool {
	matches := c.matches()
	return c.selected >= len(matches) || matches[c.selected].sample == nil
}

// paint draws what is typed and the list. A click on a line means its index, counted from 1.
func (c *choose) paint(width, height int, l *look, notice string) *canvas {
	cv := newCanvas(width, height, l)
	x := cv.put(1, 0, bold, "Replay a capture")
	cv.put(x+3, 0, plain, "pcap or pcapng, also packed with gzip or zstd")
	cv.fill(0, width, 1, dim, '─')
	x = cv.put(1, 2, plain, "File: ")
	text := c.typed
	if room := max(0, width-x-2); len(text) > room {
		text = text[len(text)-room:]
	}
	x = cv.put(x, 2, bold, string(text))
	cv.put(x, 2, reverse, " ")
	matches := c.matches()
	if len(matches) == 0 {
		cv.putIn(3, 4, width-4, plain, c.nothing())
	}
	bottom := height - 3
	visible := max(0, bottom-4)
	first := max(0, min(c.selected-visible/2, len(matches)-visible))
	about := 0
	for _, m := range matches {
		about = max(about, min(textWidth(m.name), width/2))
	}
	for i := first; i < len(matches) && i-first < visible; i++ {
		m, y := matches[i], 4+i-first
		cv.putIn(3, y, max(about, 20), plain, m.name)
		cv.putIn(max(about, 20)+5, y, width-max(about, 20)-6, dim, m.about)
		cv.spot(0, width, y, i+1)
		if i == c.selected {
			cv.put(1, y, bold, "▶")
			cv.restyle(3, width-1, y, reverse)
		}
	}
	if height > 5 {
		cv.putIn(1, height-3, width-2, bold, notice)
		cv.fill(0, width, height-2, dim, '─')
	}
	cv.fill(0, width, height-1, plain, 0)
	cv.put(1, height-1, plain, cut("type a path   tab completes   ↑↓ choose   Enter opens   Esc back", width-2))
	return cv
}

// nothing says why the list is empty.
func (c *choose) nothing() string {
	folder, begun := c.split()
	switch {
	case c.wrong != nil:
		return folder + ": " + c.wrong.Error()
	case begun != "":
		return "nothing here begins so: Enter tries to open it all the same"
	}
	return "no captures here: type the path of one"
}
