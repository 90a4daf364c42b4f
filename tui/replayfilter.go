package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/filter"
)

// shown is which packets the list shows.
type shown struct {
	filter  filter.Filter
	active  bool // otherwise all are shown
	numbers []int32
	next    int  // the first packet that the filter was not asked about yet
	asking  bool // it is being asked
	stream  bool // it was made by following a stream
}

// count returns how many packets are shown.
func (r *replay) count() int {
	if !r.shown.active {
		return r.packets
	}
	if n := r.shown.filter.Nth(); n > 0 { // one packet of those that match
		return min(1, max(0, len(r.shown.numbers)-n+1))
	}
	return len(r.shown.numbers)
}

// shownAt returns the number of the packet at a place of the list.
func (r *replay) shownAt(i int) int {
	if !r.shown.active {
		return i + 1
	}
	return int(r.shown.numbers[i+max(0, r.shown.filter.Nth()-1)])
}

// position returns the place of a packet in the list, or of the next one that is shown.
func (r *replay) position(number int) int {
	if !r.shown.active {
		return number - 1
	}
	i, _ := slices.BinarySearch(r.shown.numbers, int32(number))
	return i
}

// typing is a filter that is being typed.
type typing struct {
	text  []rune
	wrong *filter.Error
}

// typeKey handles a key while a filter is typed.
func (r *replay) typeKey(name, text string) tea.Cmd {
	t := r.typing
	switch name {
	case "esc":
		r.typing = nil
	case "ctrl+c":
		return r.do(interrupt)
	case "enter":
		return r.applyFilter()
	case "backspace":
		t.text, t.wrong = t.text[:max(0, len(t.text)-1)], nil
	case "ctrl+u":
		t.text, t.wrong = nil, nil
	case "tab":
		t.complete()
	default:
		if text != "" {
			t.text, t.wrong = append(t.text, []rune(text)...), nil
		}
	}
	return nil
}

// complete completes the name that is being typed as far as it is clear.
func (t *typing) complete() {
	text := string(t.text)
	begin := strings.LastIndexAny(text, " (!") + 1
	word := text[begin:]
	if word == "" {
		return
	}
	var common string
	for _, key := range append(capture.FileKeys(), "ip.addr", "ipv6.addr", "tcp.port", "udp.port") {
		if !strings.HasPrefix(key, word) {
			continue
		}
		if common == "" {
			common = key
		}
		for !strings.HasPrefix(key, common) {
			common = common[:len(common)-1]
		}
	}
	if common != "" {
		t.text = []rune(text[:begin] + common)
	}
}

// applyFilter shows the packets that the typed expression chooses. If it is none, the list stays as it was.
func (r *replay) applyFilter() tea.Cmd {
	expr := strings.TrimSpace(string(r.typing.text))
	f, err := filter.Parse(expr, capture.FileKeys())
	if errors.As(err, &r.typing.wrong) {
		return nil
	}
	r.typing = nil
	if expr == "" {
		r.shown = shown{}
		return r.listen()
	}
	return r.filterBy(f, false)
}

// filterBy asks a filter about all packets, and shows those that it chooses when it has answered.
func (r *replay) filterBy(f filter.Filter, stream bool) tea.Cmd {
	r.busy = "filtering…"
	return r.ask(shown{filter: f, active: true, next: 1, stream: stream})
}

// extendFilter asks the filter about packets that it was not asked about yet.
func (r *replay) extendFilter() tea.Cmd {
	if !r.shown.active || r.shown.asking || r.shown.next > r.packets {
		return nil
	}
	r.shown.asking = true
	return r.ask(r.shown)
}

func (r *replay) ask(s shown) tea.Cmd {
	file := r.file
	return func() tea.Msg {
		more, next, err := file.Filter(context.Background(), s.filter, s.next)
		return did(func(r *replay) tea.Cmd { return r.onFiltered(s, more, next, err) })
	}
}

func (r *replay) onFiltered(s shown, more []int32, next int, err error) tea.Cmd {
	r.busy = ""
	if err != nil {
		r.shown.asking = false
		r.notice = "! " + err.Error()
		return nil
	}
	if s.next > 1 && s.filter.String() != r.shown.filter.String() {
		return nil // another filter has been typed since
	}
	first := s.next == 1
	s.numbers, s.next, s.asking = append(s.numbers, more...), next, false
	r.shown = s
	if first {
		r.notice = fmt.Sprintf("%d of %s", r.count(), count(r.packets, "packet"))
		r.moveTo(r.position(r.selected))
	}
	return r.listen()
}

// follow shows the packets of the selected packet's stream alone, or all again.
func (r *replay) follow() tea.Cmd {
	if r.shown.stream {
		r.shown = shown{}
		return r.listen()
	}
	p, ok := r.file.Place(r.selected)
	if !ok || p.Stream < 0 {
		r.notice = "the selected packet belongs to no stream"
		return nil
	}
	f, err := filter.Parse(fmt.Sprintf("%s.stream == %d", strings.ToLower(p.Transport), p.Stream), capture.FileKeys())
	if err != nil {
		r.notice = "! " + err.Error()
		return nil
	}
	return tea.Batch(r.filterBy(f, true), r.listen())
}
