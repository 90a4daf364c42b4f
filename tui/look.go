package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// style is how a cell looks: a role, which the theme gives a colour, and attributes.
// Nothing is said by colour alone: whatever has a role also has a sign or a word.
type style uint16

// The roles.
const (
	plain     style = iota
	dim             // frames, numbers in the margin
	toServer        // what travels towards the server
	toClient        // what travels towards the client
	lost            // lost, discarded, wrong
	again           // sent again
	good            // arrived, verified, running
	encrypted       // cannot be read without keys
	roles
)

// The attributes, to be or-ed to a role.
const (
	bold style = 1 << (iota + 8)
	reverse
	underline
)

const attributes = 8 // combinations of the three

// look is the style sheet: what each style looks like on this terminal.
type look struct {
	name      string
	ascii     bool
	sequences [int(roles) * attributes]string
}

// Theme names.
const (
	themeDark  = "dark"
	themeLight = "light"
	themeNone  = "none"
)

// colours returns a theme's colours by role; nil for those that are drawn in the terminal's own.
// The colours are after Okabe and Ito, each at least 4.5 to 1 against the usual backgrounds.
func colours(theme string) [roles]color.Color {
	switch theme {
	case themeDark:
		return [roles]color.Color{
			dim: lipgloss.Color("#9A9A9A"), toServer: lipgloss.Color("#56B4E9"), toClient: lipgloss.Color("#E69F00"),
			lost: lipgloss.Color("#FF7F32"), again: lipgloss.Color("#F0E442"), good: lipgloss.Color("#009E73"), encrypted: lipgloss.Color("#CC79A7"),
		}
	case themeLight:
		return [roles]color.Color{
			dim: lipgloss.Color("#616161"), toServer: lipgloss.Color("#0072B2"), toClient: lipgloss.Color("#8A5F00"),
			lost: lipgloss.Color("#B34E00"), again: lipgloss.Color("#6B6500"), good: lipgloss.Color("#00704F"), encrypted: lipgloss.Color("#9A4A78"),
		}
	}
	return [roles]color.Color{}
}

func newLook(theme string, ascii bool) *look {
	l := &look{name: theme, ascii: ascii}
	byRole := colours(theme)
	for role := range roles {
		for attr := range style(attributes) {
			l.sequences[role*attributes+attr] = sequence(byRole[role], attr<<8)
		}
	}
	return l
}

// sequence returns the escape sequence that switches a style on; empty for plain text.
func sequence(c color.Color, attr style) string {
	var s ansi.Style
	if attr&bold != 0 {
		s = s.Bold()
	}
	if attr&reverse != 0 {
		s = s.Reverse(true)
	}
	if attr&underline != 0 {
		s = s.Underline(true)
	}
	if c != nil {
		s = s.ForegroundColor(c)
	}
	if len(s) == 0 {
		return ""
	}
	return s.String()
}

func (l *look) sequence(st style) string {
	return l.sequences[(st&0xff)*attributes+st>>8]
}

// asciiFor returns what stands for a character where only ASCII can be shown: as wide as the character.
func asciiFor(r rune) string {
	const from = "┊─┄━═│┃┌┐└┘├┤┬┴┼▸▶▹◂◀◃▲→←↑↓↔✗↻✓●○◆◇…·•‖§×–—“”‘’█░≈≥≤µ "
	const to = `:-,==||+++++++++>>><<<^><^v-xR+#o**...|sx--""''#.~><u `
	if i := strings.IndexRune(from, r); i >= 0 {
		return string(to[len([]rune(from[:i]))])
	}
	return strings.Repeat("?", runeWidth(r))
}
