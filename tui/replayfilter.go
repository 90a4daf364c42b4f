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

// beginTyping opens the line in which a filter is typed, and has the names gathered that it may speak of.
func (r *replay) beginTyping(text string) tea.Cmd {
	if r.vocabulary == nil {
		r.vocabulary = newVocabulary(capture.FileFields())
	}
	r.typing = newTyping(text, r.vocabulary)
	if r.vocabulary.hosts != nil && r.vocabulary.of == r.packets {
		return nil
	}
	file, of := r.file, r.packets
	return func() tea.Msg {
		hosts, err := file.Hosts(context.Background())
		links, noLinks := file.Words(context.Background()).Links()
		speak := file.Speakers()
		return did(func(r *replay) tea.Cmd {
			if err != nil {
				r.notice = "! " + err.Error()
			}
			r.vocabulary.of = of
			r.vocabulary.gathered(hosts, speak, links, noLinks)
			if r.typing != nil && r.typing.picked == 0 && r.typing.wrong == nil {
				r.typing.find()
			}
			return nil
		})
	}
}

// typeKey handles a key while a filter is typed.
func (r *replay) typeKey(name, text string) tea.Cmd {
	switch name {
	case "esc":
		if !r.typing.unpick() {
			r.typing = nil
		}
	case "ctrl+c":
		return r.do(interrupt)
	case "enter":
		return r.applyFilter()
	default:
		r.typing.edit(name, text)
	}
	return nil
}

// applyFilter shows the packets that the typed expression chooses. If it is none, the list stays as it was.
func (r *replay) applyFilter() tea.Cmd {
	expr := strings.TrimSpace(string(r.typing.text))
	f, err := r.vocabulary.words().Parse(expr)
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

// filterAnew asks a filter again whose answer depends on what came later.
func (r *replay) filterAnew() tea.Cmd {
	if !r.shown.active || !r.shown.filter.Uses("lost") {
		return nil
	}
	return r.filterBy(r.shown.filter, r.shown.stream)
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
