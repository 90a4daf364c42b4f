package tui

import tea "charm.land/bubbletea/v2"

// pointer is what is known of the mouse.
type pointer struct {
	mouseOff bool // it is the terminal's, to select text with
	dragging bool // the time line is held
}

// clickable is a screen that answers the mouse.
type clickable interface {
	click(x, y int) tea.Cmd
	drag(x int) tea.Cmd // while dragging
	wheel(x, y, by int) tea.Cmd
}

// mode is what the terminal is to tell of the mouse.
func (p *pointer) mode() tea.MouseMode {
	if p.mouseOff {
		return tea.MouseModeNone
	}
	return tea.MouseModeCellMotion
}

// route hands what the mouse does to a screen.
func (p *pointer) route(msg tea.MouseMsg, on clickable) tea.Cmd {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft {
			return on.click(m.X, m.Y)
		}
	case tea.MouseMotionMsg:
		if p.dragging {
			return on.drag(m.X)
		}
	case tea.MouseReleaseMsg:
		p.dragging = false
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			return on.wheel(m.X, m.Y, -1)
		case tea.MouseWheelDown:
			return on.wheel(m.X, m.Y, 1)
		}
	}
	return nil
}

// painter is a pane that answers clicks: its canvas says what a click means.
type painter interface {
	paint(width, height int) *canvas
}

// spotIn returns what a click at a place of the screen means to the pane that stands there.
func spotIn(a area, v view, x, y int) int {
	if p, ok := v.(painter); ok {
		return p.paint(a.width, a.height).spotAt(x-a.x, y-a.y)
	}
	return 0
}

// notch is how many lines the wheel scrolls at a time.
const notch = 3

// turn is the key that a turn of the wheel stands for.
func turn(by int) action {
	if by < 0 {
		return moveUp
	}
	return moveDown
}
