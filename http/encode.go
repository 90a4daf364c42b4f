package http

import "strconv"

// AppendRequest appends the head of a request: request line, fields, empty line. The fields must have passed Header.Check.
func AppendRequest(b []byte, method, target string, h Header) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = appendFields(b, h)
	return append(b, "\r\n"...)
}

func appendStatusLine(b []byte, status Status) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, status.Reason()...)
	return append(b, "\r\n"...)
}

func appendFields(b []byte, h Header) []byte {
	for i := range h {
		b = appendField(b, h[i].Name, h[i].Value)
	}
	return b
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}
