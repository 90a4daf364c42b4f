package tui

import (
	"time"

	"netlab/flow"
)

// variablesPane shows the variables of both ends of a connection after a segment, and what that changed.
type variablesPane struct {
	head
	look  *look
	empty string
	by    string // what changed them: "packet"
	ends  [2]string
	rows  []variableRow
}

// variableRow is a variable of both ends, in words: what it is, and what it was before.
type variableRow struct {
	name    string
	is, was [2]string
}

// View draws the table.
func (p variablesPane) View(width, height int) string { return p.paint(width, height).String() }

func (p variablesPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c
	}
	const name = 13
	column := max(0, (width-name-1)/2)
	for end := range p.ends {
		c.right(name+column*(end+1), 1, [...]style{toServer, toClient}[end]|bold, cutLeft(p.ends[end], column-1))
	}
	for i, row := range p.rows {
		y := 2 + i
		changed := false
		for end := range row.is {
			is, was := row.is[end], row.was[end]
			st := plain
			if is != was {
				changed, st = true, bold
				if both := was + " → " + is; textWidth(both) < column {
					is = both
				}
			}
			c.right(name+column*(end+1), y, st, cutLeft(is, column-1))
		}
		c.put(2, y, dim, row.name)
		if changed {
			c.put(0, y, bold, "▲")
		}
	}
	if height > 3+len(p.rows) {
		c.putIn(0, 2+len(p.rows), width, dim, "▲ changed by this "+p.by)
	}
	return c
}

// variable is one of those that segments show.
type variable struct {
	name  string
	value func(v *flow.Variables, end int) string
}

// variableRows are the variables after a segment and before it. first is what the numbers of each end are counted from: 0, or the initial sequence number.
func variableRows(now, before [2]flow.Variables, first [2]uint32) []variableRow {
	var rows []variableRow
	for _, v := range variablesSeen(first) {
		row := variableRow{name: v.name}
		for end := range now {
			row.is[end], row.was[end] = v.value(&now[end], end), v.value(&before[end], end)
		}
		rows = append(rows, row)
	}
	return rows
}

func variablesSeen(first [2]uint32) []variable {
	number := func(of func(*flow.Variables) int64, other bool) func(*flow.Variables, int) string {
		return func(v *flow.Variables, end int) string {
			if other {
				end = 1 - end
			}
			if n := of(v); first[end] != 0 {
				return decimal(uint32(n) + first[end])
			} else {
				return decimal(n)
			}
		}
	}
	took := func(of func(*flow.Variables) time.Duration) func(*flow.Variables, int) string {
		return func(v *flow.Variables, _ int) string {
			if v.Samples == 0 {
				return "─"
			}
			return flow.Duration(int64(of(v)))
		}
	}
	return []variable{
		{"state", func(v *flow.Variables, _ int) string { return v.State.String() }},
		{"SND.UNA", number(func(v *flow.Variables) int64 { return v.UNA }, false)},
		{"SND.NXT", number(func(v *flow.Variables) int64 { return v.NXT }, false)},
		{"RCV.NXT", number(func(v *flow.Variables) int64 { return v.RCV }, true)},
		{"SND.WND", func(v *flow.Variables, _ int) string {
			switch {
			case v.Window < 0:
				return "─"
			case !v.Scaled:
				return decimal(v.Window) + " unscaled"
			}
			return decimal(v.Window)
		}},
		{"in flight", func(v *flow.Variables, _ int) string { return decimal(v.Flight()) }},
		{"dup ACKs", func(v *flow.Variables, _ int) string { return decimal(v.Dups) }},
		{"RTT", took(func(v *flow.Variables) time.Duration { return v.RTT })},
		{"SRTT", took(func(v *flow.Variables) time.Duration { return v.SRTT })},
		{"RTTVAR", took(func(v *flow.Variables) time.Duration { return v.RTTVAR })},
		// "RTO <- SRTT + max (G, K*RTTVAR)" with K = 4 (RFC 6298, Section 2): what it would be without a lower bound.
		{"SRTT+4·VAR", took(func(v *flow.Variables) time.Duration { return v.SRTT + 4*v.RTTVAR })},
		{"RTT samples", func(v *flow.Variables, _ int) string { return decimal(v.Samples) }},
	}
}
