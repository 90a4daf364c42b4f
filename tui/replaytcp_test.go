package tui

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/flow"
)

// The view moves with the selected packet, says what that changed, and a click on the graph goes to a packet.
func TestTCPView(t *testing.T) {
	r := opensCapture(t, ofTestdata("fast.pcapng"), 120, 36)
	r.press(t, "f4")
	require.Equal(t, inSequence, r.focus)
	require.Regexp(t, `▶ SYN-SENT +1 +▶ LISTEN`, ansi.Strip(r.text()))
	r.press(t, "down", "right")
	require.Equal(t, 3, r.selected)
	require.Regexp(t, `▶ ESTABLISHED +2 +ESTABLISHED +3|▶ ESTABLISHED  2 +SYN-RECEIVED 2`, ansi.Strip(r.text()))
	r.press(t, ">")
	require.Equal(t, 49, r.selected)
	require.Regexp(t, `▶ CLOSED +49`, ansi.Strip(r.text()))
	r.press(t, "<", "}", "}")
	require.Equal(t, 33, r.selected)
	text := ansi.Strip(r.text())
	require.Regexp(t, `SND.UNA +3753 `, text)
	require.Regexp(t, `in flight +8249 `, text)
	r.press(t, "g")
	p, _ := r.file.Place(33)
	require.Regexp(t, fmt.Sprintf(`SND.UNA +%d `, p.ISN[0]+3753), ansi.Strip(r.text()))
	r.press(t, "g", "d", "d")
	require.Contains(t, ansi.Strip(r.text()), "of "+p.Ends[1].String(), "the other end's numbers")
	r.press(t, "d")
	r.press(t, "<")
	r.clickOn(t, "↻              s")
	require.Equal(t, 33, r.selected)
	require.Equal(t, asTCP, r.scene)
	r.clickOn(t, "v view")
	require.Contains(t, ansi.Strip(r.text()), " ? help  l list  t TCP")
	r.clickOn(t, "l list")
	require.Equal(t, asList, r.scene)
	require.Equal(t, inList, r.focus)
	r.press(t, "v", "t", "3", "x")
	require.Equal(t, asList, r.scene, "the stream is there")
	require.Equal(t, inStream, r.focus)
	r.press(t, "f4", "esc")
	require.Equal(t, asList, r.scene)
	require.Equal(t, stays, r.left())
}

// Of a long connection all segments are kept around a packet, and some of the rest: what was found stands out.
func TestThinner(t *testing.T) {
	thin := thinner{stride: 1}
	for i := range 100_000 {
		m := flow.Moment{Packet: i}
		if i%1000 == 0 {
			m.Found = flow.TimedOut
		}
		thin.add(m)
		require.LessOrEqual(t, len(thin.kept), 2*mostThin)
	}
	require.Greater(t, len(thin.kept), mostThin/2)
	found, last := 0, -1
	for _, m := range thin.kept {
		require.Greater(t, m.Packet, last)
		if last = m.Packet; m.Found != 0 {
			found++
		}
	}
	require.Equal(t, 100, found)
	for i := range 100_000 { // when all is trouble, some of it goes
		thin.add(flow.Moment{Packet: 100_000 + i, Found: flow.TimedOut})
	}
	require.LessOrEqual(t, len(thin.kept), 2*mostThin)
}
