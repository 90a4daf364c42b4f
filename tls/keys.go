package tls

import "netlab/wire"

// Keys returns the names of the fields that Dissect finds: what a filter may speak of.
func Keys() []string {
	keys := []string{
		"tls", "tls.data", "tls.app_data", "tls.change_cipher_spec", "tls.record.fragment", "tls.handshake.fragment", "tls.handshake.data",
		"tls.handshake.session_id_length", "tls.handshake.session_id", "tls.handshake.cipher_suites_length", "tls.handshake.ciphersuites", "tls.handshake.ciphersuite",
		"tls.handshake.comp_methods_length", "tls.handshake.comp_methods", "tls.handshake.comp_method", "tls.handshake.extensions_length", "tls.handshake.extensions",
		"tls.handshake.extension.data", "tls.handshake.extensions_server_name_list_len", "tls.handshake.extensions_server_name_type",
		"tls.handshake.extensions_server_name_len", "tls.handshake.extensions_server_name", "tls.handshake.extensions.supported_versions_len",
		"tls.handshake.extensions.supported_version", "tls.handshake.extensions_supported_groups_length", "tls.handshake.extensions_supported_groups",
		"tls.handshake.extensions_supported_group", "tls.handshake.sig_hash_alg_len", "tls.handshake.sig_hash_algs", "tls.handshake.sig_hash_alg",
		"tls.handshake.extensions_key_share_client_length", "tls.handshake.extensions_key_share_group", "tls.handshake.extensions_key_share_selected_group",
		"tls.handshake.extensions_key_share_key_exchange_length", "tls.handshake.extensions_key_share_key_exchange",
		"tls.handshake.extensions_alpn_len", "tls.handshake.extensions_alpn_list", "tls.handshake.extensions_alpn_str_len", "tls.handshake.extensions_alpn_str",
		"tls.extension.psk_ke_modes_length", "tls.extension.psk_ke_mode", "tls.handshake.extensions.cookie_len", "tls.handshake.extensions.cookie",
		"tls.handshake.extensions.psk.identity.selected", "tls.handshake.extensions.psk.identities.length", "tls.handshake.extensions.psk.identity.identity_length",
		"tls.handshake.extensions.psk.identity.identity", "tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "tls.handshake.extensions.psk.binders_len",
		"tls.handshake.extensions.psk.binders", "tls.handshake.extensions.psk.binder_len", "tls.handshake.extensions.psk.binder", "tls.early_data.max_early_data_size",
		"tls.record_size_limit", "tls.handshake.max_fragment_length", "tls.handshake.extensions_ec_point_formats_length", "tls.handshake.extensions_ec_point_formats",
		"tls.handshake.extensions_ec_point_format", "tls.handshake.extensions_reneg_info_len", "tls.handshake.extensions_reneg_info", "tls.handshake.extensions_padding_data",
		"tls.handshake.extensions_status_request_type", "tls.handshake.extensions_status_request_responder_ids_len", "tls.handshake.extensions_status_request_responder_ids",
		"tls.handshake.extensions_status_request_exts_len", "tls.handshake.extensions_status_request_exts", "tls.handshake.ocsp_response_len", "tls.handshake.ocsp_response",
		"tls.handshake.dnames_len", "tls.handshake.dnames", "tls.handshake.dname_len", "tls.handshake.dname", "tls.handshake.verify_data",
		"tls.handshake.key_update.request_update", "tls.handshake.certificates_length", "tls.handshake.certificates", "tls.handshake.certificate_length", "tls.handshake.certificate",
		"tls.handshake.certificate_request_context_length", "tls.handshake.certificate_request_context", "tls.handshake.client_cert_vrfy.sig_len", "tls.handshake.client_cert_vrfy.sig",
		"tls.handshake.cert_type", "tls.handshake.cert_types_count", "tls.handshake.cert_types", "tls.handshake.session_ticket_nonce_length", "tls.handshake.session_ticket_nonce",
		"tls.handshake.session_ticket_length", "tls.handshake.session_ticket", "tls.handshake.server_params", "tls.handshake.server_curve_type", "tls.handshake.server_named_curve",
		"tls.handshake.server_point_len", "tls.handshake.server_point", "tls.handshake.sig_len", "tls.handshake.sig", "tls.handshake.client_point_len", "tls.handshake.client_point",
		"tls.handshake.epms_len", "tls.handshake.epms",
	}
	for _, l := range []wire.Layout{RecordLayout(), MessageLayout(), AlertLayout(), ExtensionLayout(), HelloLayout(), TicketLayout()} {
		if l.Key != "" {
			keys = append(keys, l.Key)
		}
		for _, f := range l.Fields {
			keys = append(keys, f.Key)
		}
	}
	return keys
}
