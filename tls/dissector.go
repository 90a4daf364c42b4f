package tls

import "netlab/wire"

// Dissector takes records apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked   wire.Asked
	layouts layouts
}

// NewDissector returns a dissector that shows of records what is asked for.
func NewDissector(asked wire.Asked) *Dissector {
	return &Dissector{asked, layouts{
		record: RecordLayout(), message: MessageLayout(), alert: AlertLayout(), extension: ExtensionLayout(), hello: HelloLayout(), ticket: TicketLayout(),
		cipherSuite: cipherSuiteField(), compression: compressionField(), group: groupField(), scheme: schemeField(), version: versionField(),
	}}
}

// layouts are the headers and fields that records are made of, each with the names of its values.
type layouts struct {
	record, message, alert, extension, hello, ticket wire.Layout
	cipherSuite, compression, group, scheme, version wire.Field
}

// groupField returns the field of a group, which has one key where groups are offered and others where one is chosen.
func (d *Dissector) groupField(key string) wire.Field {
	f := d.layouts.group
	f.Key = key
	return f
}
