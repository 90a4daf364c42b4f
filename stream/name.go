package stream

import (
	"fmt"
	"mime"
	"strings"
)

// maxName is how many octets of a name that others made up are kept.
const maxName = 80

// FileName returns a name for a file that holds a message's content: number, what its target calls it, and an ending by its
// type if it has none. It is the name of a file and nothing else, whatever the target was: letters, digits, '.', '-', '_'.
func (m *Message) FileName(number int) string {
	path, _, _ := strings.Cut(m.Target, "?")
	path = strings.TrimRight(path, "/")
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(name, ".")
	if len(name) > maxName {
		name = name[len(name)-maxName:] // the end of a name says what it is
	}
	if name == "" {
		name = "index"
	}
	if !strings.Contains(name, ".") {
		name += ending(m.Type)
	}
	if m.Status == 0 {
		name = "request-" + name
	}
	return fmt.Sprintf("%04d-%s", number, name)
}

// ending returns the usual ending of names of a media type.
func ending(mediaType string) string {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return ".bin"
	}
	switch t {
	case "text/html":
		return ".html"
	case "text/plain":
		return ".txt"
	case "text/css":
		return ".css"
	case "text/event-stream":
		return ".txt"
	case "application/json":
		return ".json"
	case "text/javascript", "application/javascript":
		return ".js"
	case "application/xml", "text/xml":
		return ".xml"
	case "application/pdf":
		return ".pdf"
	case "application/x-www-form-urlencoded":
		return ".txt"
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	case "image/gif":
		return ".gif"
	case "image/svg+xml":
		return ".svg"
	case "image/webp":
		return ".webp"
	}
	return ".bin"
}
