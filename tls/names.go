package tls

import "netlab/wire"

// named makes the names of a field out of values that have names.
func named[T interface {
	~uint8 | ~uint16
	String() string
}](values []T) []wire.Name {
	names := make([]wire.Name, len(values))
	for i, v := range values {
		names[i] = wire.Name{Value: uint64(v), Text: v.String()}
	}
	return names
}

func versionNames() []wire.Name {
	return named([]Version{VersionSSL30, VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13})
}

func cipherSuiteValues() []wire.Name {
	var names []wire.Name
	for _, s := range cipherSuiteNames() {
		names = append(names, wire.Name{Value: uint64(s.suite), Text: s.name})
	}
	return names
}

func extensionNames() []wire.Name {
	var names []wire.Name
	for _, r := range extensionRules() {
		names = append(names, wire.Name{Value: uint64(r.ext), Text: r.name})
	}
	return names
}

func alertNames() []wire.Name {
	var names []wire.Name
	for _, m := range alertMeanings() {
		names = append(names, wire.Name{Value: uint64(m.alert), Text: m.name})
	}
	return names
}
