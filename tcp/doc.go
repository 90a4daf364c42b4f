// Package tcp is the Transmission Control Protocol of RFC 9293.
package tcp
