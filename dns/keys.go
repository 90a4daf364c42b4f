package dns

import (
	"slices"

	"netlab/wire"
)

// Keys returns the names of the fields that Dissect finds: what a filter may speak of.
func Keys() []string {
	keys := []string{
		"dns", "dns.length", "dns.qry", "dns.qry.name", "dns.resp", "dns.resp.name", "dns.resp.data", "dns.opt",
		"dns.a", "dns.aaaa", "dns.ns", "dns.cname", "dns.ptr.domain_name", "dns.mx.preference", "dns.mx.mail_exchange", "dns.txt", "dns.txt.length",
		"dns.soa.mname", "dns.soa.rname", "dns.soa.serial_number", "dns.soa.refresh_interval", "dns.soa.retry_interval", "dns.soa.expire_limit",
		"dns.soa.mininum_ttl", "dns.srv.priority", "dns.srv.weight", "dns.srv.port", "dns.srv.target", "dns.opt.code", "dns.opt.len", "dns.opt.data",
	}
	for _, f := range Fields() {
		keys = append(keys, f.Key)
	}
	return keys
}

// Fields returns the declarations of those that a layout declares.
func Fields() []wire.Field {
	return slices.Concat(HeaderLayout().Fields, LengthLayout().Fields, optLayout().Fields, questionLayout().Fields, recordLayout().Fields)
}
