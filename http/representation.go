package http

import (
	"encoding/hex"
	"hash/fnv"
	"io"
	"strconv"
	"time"

	"netlab/wire"
)

// Representation is something to serve of which any part can be read.
type Representation struct {
	Validators
	Type    string // media type; "": none is said
	Size    int64  // in octets
	Content io.ReaderAt
}

// Serve answers a GET or HEAD request with a representation: all of it, the ranges that the request asks for, or what its conditions make of it
// (RFC 9110, Sections 13 and 14).
func (w *ResponseWriter) Serve(r *Request, p Representation) error {
	var now time.Time
	if w.conn.server.Now != nil {
		now = w.conn.server.Now()
	}
	w.describe(p)
	switch status := r.Precondition(p.Validators, now); status {
	case StatusNotModified:
		w.SetStatus(status)
		w.Header.Del("Content-Type")
		return nil
	case StatusPreconditionFailed:
		return w.refuse(status, "a condition of the request is not met", wire.RFC("9110", "15.5.13"))
	}
	if p.Type != "" {
		w.Header.Set("Content-Type", p.Type)
	}
	parts, unsatisfiable := w.parts(r, p, now)
	switch {
	case unsatisfiable:
		// A server that generates a 416 (Range Not Satisfiable) response to a byte-range request SHOULD generate a Content-Range header field specifying the current length of the
		// selected representation. RFC 9110, Section 15.5.17, shortened
		w.Header.Set("Content-Range", "bytes */"+strconv.FormatInt(p.Size, 10))
		return w.refuse(StatusRangeNotSatisfiable, "no range of the request lies in the representation", wire.RFC("9110", "15.5.17"))
	case len(parts) == 0:
		w.SetLength(p.Size)
		return w.copy(r, p, byteRange{0, p.Size})
	case len(parts) == 1:
		w.SetStatus(StatusPartialContent)
		w.Header.Set("Content-Range", parts[0].contentRange(p.Size))
		w.SetLength(parts[0].length)
		return w.copy(r, p, parts[0])
	}
	return w.multipart(r, p, parts)
}

// describe adds the fields that answers of any status code have.
func (w *ResponseWriter) describe(p Representation) {
	w.Header.Set("Accept-Ranges", "bytes")
	if p.ETag != "" {
		w.Header.Set("ETag", p.ETag)
	}
	if !p.Modified.IsZero() {
		w.Header.Set("Last-Modified", string(AppendTime(nil, p.Modified)))
	}
}

// parts returns the ranges to send; none: all.
func (w *ResponseWriter) parts(r *Request, p Representation, now time.Time) (list []byteRange, unsatisfiable bool) {
	// A server MUST ignore a Range header field received with a request method for which range handling is not defined. For this specification, GET is the only method for which
	// range handling is defined. RFC 9110, Section 14.2, shortened
	if r.Method != MethodGet || r.Header.Count("Range") != 1 || !r.rangeApplies(p.Validators, now) {
		return nil, false
	}
	return ranges(r.Header.Get("Range"), p.Size)
}

// refuse answers with a sentence.
func (w *ResponseWriter) refuse(status Status, say string, ref wire.Ref) error {
	w.SetStatus(status)
	w.Header.Del("ETag") // what is sent is not the representation that they describe
	w.Header.Del("Last-Modified")
	w.Header.Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.WriteString(say + " (" + ref.String() + ")\n")
	return err
}

// copyBlock is how much of a representation is read at once.
const copyBlock = 65536

// copy sends a part of the content.
func (w *ResponseWriter) copy(r *Request, p Representation, part byteRange) error {
	if r.Method == MethodHead {
		return nil
	}
	block := make([]byte, min(part.length, copyBlock))
	for at, end := part.from, part.from+part.length; at < end; {
		n, err := p.Content.ReadAt(block[:min(end-at, copyBlock)], at)
		if at += int64(n); n == 0 && err != nil {
			return err
		}
		if _, err := w.Write(block[:n]); err != nil {
			return err
		}
	}
	return nil
}

// multipart sends several parts as multipart/byteranges (RFC 9110, Section 14.6).
func (w *ResponseWriter) multipart(r *Request, p Representation, parts []byteRange) error {
	boundary := boundary(r, p)
	head := func(i int) string {
		s := "--" + boundary + "\r\n"
		if i > 0 {
			s = "\r\n" + s
		}
		if p.Type != "" {
			s += "Content-Type: " + p.Type + "\r\n"
		}
		return s + "Content-Range: " + parts[i].contentRange(p.Size) + "\r\n\r\n"
	}
	last := "\r\n--" + boundary + "--\r\n"
	length := int64(len(last))
	for i, part := range parts {
		length += int64(len(head(i))) + part.length
	}
	w.SetStatus(StatusPartialContent)
	w.Header.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	w.SetLength(length)
	for i, part := range parts {
		if _, err := w.WriteString(head(i)); err != nil {
			return err
		}
		if err := w.copy(r, p, part); err != nil {
			return err
		}
	}
	_, err := w.WriteString(last)
	return err
}

// boundary is what stands between the parts. It depends on the request alone, because runs have to repeat; it is long enough not to occur by chance.
func boundary(r *Request, p Representation) string {
	h := fnv.New128a()
	io.WriteString(h, r.Target+"\n"+r.Header.Get("Range")+"\n"+p.ETag+"\n"+strconv.FormatInt(p.Size, 10))
	return "netlab-" + hex.EncodeToString(h.Sum(nil))
}
