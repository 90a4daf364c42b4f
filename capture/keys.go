package capture

import (
	"slices"

	"netlab/ip"
	"netlab/tcp"
	"netlab/udp"
	"netlab/wire"
)

// Keys returns the names of the fields that Dissect finds, sorted: what a filter may speak of.
func Keys() []string {
	layouts := []wire.Layout{ip.HeaderLayout(), tcp.HeaderLayout(), udp.HeaderLayout()}
	var keys []string
	for _, l := range layouts {
		keys = append(keys, l.Key)
		for _, f := range l.Fields {
			if f.Key != "" {
				keys = append(keys, f.Key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
