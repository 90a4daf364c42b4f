package sim

// Check reads a lab file as Parse does, and finds every mistake, in the order of the file. Without a mistake it also
// returns warnings: what can be run, and probably is not what was meant.
func Check(name string, b []byte) (t *Topology, mistakes, warnings []*ParseError) {
	p, mistakes := parseLab(name, b)
	byPlace(mistakes)
	if len(mistakes) > 0 {
		return nil, mistakes, nil
	}
	return p.Topology, nil, nil
}
