package tls

// EndOfEarlyData says that all 0-RTT data was sent: what follows is protected with the keys of the handshake (RFC 8446, Section 4.5).
type EndOfEarlyData struct{}

// parseEndOfEarlyData parses the body of a message of type end_of_early_data, which is empty.
func parseEndOfEarlyData(body []byte) (EndOfEarlyData, error) {
	return EndOfEarlyData{}, readMessage(TypeEndOfEarlyData, body).end()
}

// append appends the message with its header.
func (m *EndOfEarlyData) append(b []byte) []byte {
	return appendMessage(b, TypeEndOfEarlyData, func(*writer) {})
}
