package rip

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"netlab/wire"
)

// Dissect returns the message in b as a tree. bit is the offset of b in the packet. What is wrong is told in notes.
func Dissect(b []byte, bit int) wire.Node {
	n := HeaderLayout().Dissect(b, bit)
	n.Width = 8 * len(b)
	if len(b) < headerLen {
		return n
	}
	if v := n.Find("rip.version"); v.Uint != version {
		v.Note = "netlab takes only version 2 apart"
		return n
	}
	for at := headerLen; at < len(b); at += entryLen {
		entry := b[at:min(at+entryLen, len(b))]
		layout := EntryLayout()
		if at == headerLen && len(entry) > 1 && binary.BigEndian.Uint16(entry) == familyPassword {
			layout = PasswordLayout()
		}
		child := layout.Dissect(entry, bit+8*at)
		if len(entry) == entryLen && layout.Key == "rip.entry" {
			noteEntry(&child, entry)
		}
		n.Children = append(n.Children, child)
	}
	return n
}

// noteEntry gives an entry its network as value, and says what is wrong with it.
func noteEntry(n *wire.Node, b []byte) {
	e := readEntry(b)
	switch {
	case e.Family == familyNone:
		n.Value = "all networks"
		return
	case e.Prefix.IsValid():
		n.Value = e.Prefix.String()
	case e.Family == familyIP:
		n.Find("rip.netmask").Note = "no mask of this network's address"
	}
	if e.Metric == 0 || e.Metric > Infinity {
		n.Find("rip.metric").Note = "must be from 1 to 16"
	}
}

// Summary says in a few words what a message is: "response: 10.0.1.0/24 1, 10.0.2.0/24 2". ok is false if it is none.
func Summary(b []byte) (what string, ok bool) {
	m, err := Parse(b)
	if err != nil {
		return "", false
	}
	if m.Command == Request {
		if m.wantsAll() {
			return "request for all routes", true
		}
		if len(m.Entries) == 1 {
			return "request for 1 route", true
		}
		return fmt.Sprintf("request for %d routes", len(m.Entries)), true
	}
	var s strings.Builder
	s.WriteString("response:")
	for i, e := range m.Entries {
		if i == maxSummary {
			fmt.Fprintf(&s, " and %d more", len(m.Entries)-i)
			break
		}
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString(" " + e.Prefix.String() + " " + metricText(e.Metric))
	}
	if len(m.Entries) == 0 {
		s.WriteString(" no routes")
	}
	return s.String(), true
}

// maxSummary is how many routes a summary names.
const maxSummary = 8

func metricText(metric uint32) string {
	if metric >= Infinity {
		return "unreachable"
	}
	return strconv.Itoa(int(metric))
}
