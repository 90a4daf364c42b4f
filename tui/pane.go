package tui

import (
	"strconv"
	"time"

	"netlab/link"
)

// panes are the parts of the screen, each with what it drew last.
type panes struct {
	bar     memo[timeBar]
	network memo[networkPane]
	line    memo[networkLine]
	packets memo[packetsPane]
	octets  memo[octetsPane]
	layers  memo[layersPane]
	explain memo[explainPane]
	tcp     [3]memo[view]
}

// view is what can be drawn: a pane.
type view interface {
	View(width, height int) string
}

// memo remembers what a pane drew last. It draws again only when the version, the size or the look is
// another; version is a comparable value with everything that the picture depends on.
type memo[P view] struct {
	version       any
	width, height int
	look          *look
	text          string
}

func (m *memo[P]) draw(version any, l *look, width, height int, make func() P) string {
	if m.version != version || m.look != l || m.width != width || m.height != height || m.text == "" {
		*m = memo[P]{version, width, height, l, make().View(width, height)}
	}
	return m.text
}

// head is the first line of a pane: its number, its title and what is to be said about it.
type head struct {
	number  pane
	title   string
	about   string
	focused bool
	beside  string // the pane that shares the place, and can be had there; empty: none
}

// draw writes the head on the first line of c. The pane with the focus has a heavy rule.
func (h head) draw(c *canvas) {
	rule, st, title := '─', dim, bold
	if h.focused {
		rule, st, title = '━', plain|bold, bold|reverse
	}
	c.fill(0, c.width, 0, st, rule)
	x := c.put(2, 0, title, " "+strconv.Itoa(int(h.number))+" "+h.title+" ")
	if h.about != "" {
		c.put(x, 0, plain, "  "+cut(h.about, c.width-x-4-textWidth(h.beside))+" ")
	}
	if h.beside != "" {
		c.right(c.width, 0, plain, " "+h.beside+" ")
	}
}

// seconds writes a time of the run, with microseconds.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}

// short writes a delay in few characters: "20ms", "1.5s".
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d >= 1000*time.Second:
		return d.Round(time.Second).String()
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + "us"
	case d < time.Second:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'g', 4, 64) + "ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'g', 4, 64) + "s"
}

func percent(p float64) string {
	if p == 0 {
		return "0"
	}
	return strconv.FormatFloat(p*100, 'g', 4, 64) + "%"
}

func bandwidth(rate int64) string {
	switch {
	case rate == 0:
		return "no limit"
	case rate%1_000_000_000 == 0:
		return decimal(rate/1_000_000_000) + "G"
	case rate%1_000_000 == 0:
		return decimal(rate/1_000_000) + "M"
	case rate%1000 == 0:
		return decimal(rate/1000) + "k"
	}
	return decimal(rate)
}

func decimal[N int | int64 | uint32 | uint64](n N) string {
	if n < 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatUint(uint64(n), 10)
}

// faultWords says what is wrong with a link, in few words; empty for a perfect one.
func faultWords(f link.Faults) []string {
	var words []string
	if f.Down {
		words = append(words, "down")
	}
	if f.Delay > 0 {
		words = append(words, short(f.Delay))
	}
	if f.Jitter > 0 {
		words = append(words, "±"+short(f.Jitter))
	}
	if f.Loss > 0 {
		words = append(words, "loss "+percent(f.Loss))
	}
	if f.Reorder > 0 {
		words = append(words, "reorder "+percent(f.Reorder))
	}
	if f.Duplicate > 0 {
		words = append(words, "dup "+percent(f.Duplicate))
	}
	if f.Corrupt > 0 {
		words = append(words, "corrupt "+percent(f.Corrupt))
	}
	if f.Rate > 0 {
		words = append(words, bandwidth(f.Rate))
	}
	return words
}
