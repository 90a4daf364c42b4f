// Package http2 knows the frames of HTTP/2 (RFC 9113): their layouts, and how they are taken apart. It is no implementation of HTTP/2;
// what it is for is to show what others say to each other.
package http2
