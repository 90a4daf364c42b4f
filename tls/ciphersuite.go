package tls

// CipherSuite names the algorithms that protect records. In TLS 1.3 it is an AEAD and a hash (RFC 8446, Section B.4); up to TLS 1.2 also
// how keys are agreed on and who signs.
type CipherSuite uint16

// The cipher suites of TLS 1.3.
const (
	AES128GCMSHA256        CipherSuite = 0x1301
	AES256GCMSHA384        CipherSuite = 0x1302
	ChaCha20Poly1305SHA256 CipherSuite = 0x1303
	AES128CCMSHA256        CipherSuite = 0x1304
	AES128CCM8SHA256       CipherSuite = 0x1305
)

// Cipher suites of TLS 1.2 that protect records with an AEAD, as TLS 1.3 does (RFC 5288, RFC 5289, RFC 7905).
const (
	RSAAES128GCM        CipherSuite = 0x009c
	RSAAES256GCM        CipherSuite = 0x009d
	DHERSAAES128GCM     CipherSuite = 0x009e
	DHERSAAES256GCM     CipherSuite = 0x009f
	ECDHEECDSAAES128GCM CipherSuite = 0xc02b
	ECDHEECDSAAES256GCM CipherSuite = 0xc02c
	ECDHERSAAES128GCM   CipherSuite = 0xc02f
	ECDHERSAAES256GCM   CipherSuite = 0xc030
	ECDHERSAChaCha20    CipherSuite = 0xcca8
	ECDHEECDSAChaCha20  CipherSuite = 0xcca9
	DHERSAChaCha20      CipherSuite = 0xccaa
)

// Values that stand among the cipher suites and are none: signals of a client that its extensions cannot give.
const (
	RenegotiationInfoSCSV CipherSuite = 0x00ff // RFC 5746
	FallbackSCSV          CipherSuite = 0x5600 // RFC 7507
)

// String returns the registered name, "TLS_AES_128_GCM_SHA256", or the number.
func (c CipherSuite) String() string {
	for _, s := range cipherSuiteNames() {
		if s.suite == c {
			return s.name
		}
	}
	return unknown16(uint16(c))
}

type cipherSuiteName struct {
	suite CipherSuite
	name  string
}

// cipherSuiteNames are the suites that are offered in earnest today, and the older ones that still are for the sake of old servers.
func cipherSuiteNames() []cipherSuiteName {
	return []cipherSuiteName{
		{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"},
		{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
		{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
		{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
		{0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
		{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
		{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
		{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
		{RSAAES128GCM, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
		{RSAAES256GCM, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
		{DHERSAAES128GCM, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
		{DHERSAAES256GCM, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
		{RenegotiationInfoSCSV, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
		{AES128GCMSHA256, "TLS_AES_128_GCM_SHA256"},
		{AES256GCMSHA384, "TLS_AES_256_GCM_SHA384"},
		{ChaCha20Poly1305SHA256, "TLS_CHACHA20_POLY1305_SHA256"},
		{AES128CCMSHA256, "TLS_AES_128_CCM_SHA256"},
		{AES128CCM8SHA256, "TLS_AES_128_CCM_8_SHA256"},
		{FallbackSCSV, "TLS_FALLBACK_SCSV"},
		{0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
		{0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
		{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
		{0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
		{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
		{0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
		{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
		{ECDHEECDSAAES128GCM, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{ECDHEECDSAAES256GCM, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{ECDHERSAAES128GCM, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		{ECDHERSAAES256GCM, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
		{ECDHERSAChaCha20, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
		{ECDHEECDSAChaCha20, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
		{DHERSAChaCha20, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	}
}
