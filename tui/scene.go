package tui

import "slices"

// scene is a view of a capture: panes that are seen together.
type scene int

const (
	asList scene = iota
	asTCP
	asTLS
	asHTTP
	asMap
)

// sceneOf is what is known of a scene.
type sceneOf struct {
	name   string
	letter string // behind v
	do     action
	panes  []pane // as the keys 1 to 7 name them
	main   pane   // that is seen beside whatever tab chooses
	focus  pane   // that has the focus at first
}

// scenes returns all scenes.
func scenes() []sceneOf {
	return []sceneOf{
		asList: {"list", "l", sceneList, []pane{inList, inFindings, inStream, inLadder, inExplain, inLayers, inBytes}, inList, inList},
		asTCP:  {"TCP", "t", sceneTCP, []pane{inStates, inVariables, inSequence, inWindows, inExplain}, inSequence, inSequence},
		asTLS:  {"TLS", "s", sceneTLS, []pane{inMessages, inAgreed, inSchedule, inFields, inClear}, inMessages, inMessages},
		asHTTP: {"HTTP", "h", sceneHTTP, []pane{inRequests, inStream, inExchange}, inRequests, inRequests},
		asMap:  {"map", "m", sceneMap, []pane{inMap, inTraffic, inFlows}, inMap, inMap},
	}
}

// sceneFor returns the scene that an action shows.
func sceneFor(a action) (scene, bool) {
	i := slices.IndexFunc(scenes(), func(s sceneOf) bool { return s.do == a })
	return scene(max(0, i)), i >= 0
}

func paneTitle(p pane) string {
	return [...]string{
		inList: "Packets", inFindings: "Findings", inStream: "Stream", inLadder: "Ladder", inExplain: "Explain", inLayers: "Layers", inBytes: "Bytes",
		inStates: "State", inVariables: "Variables", inSequence: "Time and sequence", inWindows: "Window and flight",
		inMessages: "Messages", inAgreed: "Agreed", inSchedule: "Key schedule", inFields: "Fields", inClear: "In the clear",
		inRequests: "Requests", inExchange: "Exchange",
		inMap: "Map", inTraffic: "Who with whom", inFlows: "Between the two",
	}[p]
}

// sceneKeys are the keys that work after v.
func sceneKeys() []binding {
	keys := []binding{{[]string{"?"}, "?", "help", "", showHelp}}
	for _, s := range scenes() {
		keys = append(keys, binding{[]string{s.letter}, s.letter, s.name, "", s.do})
	}
	return append(keys, binding{[]string{"esc"}, "Esc", "this one", "", escape})
}
