package service

import (
	"fmt"
	"html"
	"strings"

	"netlab/http"
)

// page is a short document: a title, and below it paragraphs and rows. It is written as HTML or, for clients that do not ask for HTML, as text.
type page struct {
	title string
	parts []part
	live  string // HTML at the end: what a script fills
}

// part is a paragraph (name is empty), a row, or a heading (value and about are empty).
type part struct{ name, value, about, link string }

func (p *page) text(s string)    { p.parts = append(p.parts, part{about: s}) }
func (p *page) heading(s string) { p.parts = append(p.parts, part{name: s}) }

// row adds a name with its value and what it means.
func (p *page) row(name, value, about string) {
	p.parts = append(p.parts, part{name: name, value: value, about: about})
}

// routes adds a row for each thing that the service serves.
func (p *page) routes() {
	for _, r := range routes() {
		p.parts = append(p.parts, part{name: r.show, about: r.about + " (" + r.methods + ")", link: r.example})
	}
}

// write sends the page in the form that the client can use.
func (p *page) write(w *http.ResponseWriter, r *http.Request) {
	pageHeader(w, r)
	if wantsHTML(r) {
		w.WriteString(p.html())
		return
	}
	w.WriteString(p.plain())
}

// pageHeader sets the fields of an answer that is a page.
func pageHeader(w *http.ResponseWriter, r *http.Request) {
	w.Header.Set("Vary", "Accept")
	kind := "text/plain"
	if wantsHTML(r) {
		kind = "text/html"
	}
	w.Header.Set("Content-Type", kind+"; charset=utf-8")
}

// wantsHTML reports whether the client would rather have HTML than text. Who takes anything, as curl does, gets text.
func wantsHTML(r *http.Request) bool {
	return r.Header.Quality("Accept", "text/html") > r.Header.Quality("Accept", "text/plain")
}

// plain is the page as text, at most 80 columns wide.
func (p *page) plain() string {
	var s strings.Builder
	s.WriteString(p.title + "\n")
	for i, part := range p.parts {
		switch {
		case part.name == "":
			s.WriteString("\n" + wrap(part.about, 80, "") + "\n")
		case part.about == "" && part.value == "":
			s.WriteString("\n" + part.name + "\n")
		case part.value == "":
			if i > 0 && p.parts[i-1].name == "" {
				s.WriteString("\n")
			}
			fmt.Fprintf(&s, "  %-14s %s\n", part.name, strings.TrimLeft(wrap(part.about, 80, strings.Repeat(" ", 17)), " "))
		default:
			fmt.Fprintf(&s, "  %-18s %s\n%s\n", part.name, part.value, wrap(part.about, 80, "      "))
		}
	}
	return s.String()
}

// wrap breaks s into lines of at most width columns, each with an indent.
func wrap(s string, width int, indent string) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(s) {
		switch {
		case column == 0:
			out.WriteString(indent)
			column = len(indent)
		case column+1+len(word) > width:
			out.WriteString("\n" + indent)
			column = len(indent)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:48em;margin:2em auto;padding:0 1em}` +
	`dt{font-weight:600;margin-top:.8em}dt code{font-weight:400;margin-left:.6em}dd{margin:0;opacity:.8}h2{margin-top:1.6em}`

// html is the page as HTML.
func (p *page) html() string {
	var s strings.Builder
	title := html.EscapeString(p.title)
	fmt.Fprintf(&s, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>%s</style>\n<h1>%s</h1>\n", title, style, title)
	list := false
	for _, part := range p.parts {
		row := part.name != "" && (part.value != "" || part.about != "")
		if row != list {
			s.WriteString(map[bool]string{true: "<dl>\n", false: "</dl>\n"}[row])
			list = row
		}
		name, value, about := html.EscapeString(part.name), html.EscapeString(part.value), html.EscapeString(part.about)
		switch {
		case row && part.link != "":
			fmt.Fprintf(&s, "<dt><a href=\"%s\">%s</a></dt><dd>%s</dd>\n", html.EscapeString(part.link), name, about)
		case row && value == "":
			fmt.Fprintf(&s, "<dt>%s</dt><dd>%s</dd>\n", name, about)
		case row:
			fmt.Fprintf(&s, "<dt>%s<code>%s</code></dt><dd>%s</dd>\n", name, value, about)
		case part.name != "":
			fmt.Fprintf(&s, "<h2>%s</h2>\n", name)
		default:
			fmt.Fprintf(&s, "<p>%s</p>\n", about)
		}
	}
	if list {
		s.WriteString("</dl>\n")
	}
	s.WriteString(p.live)
	return s.String()
}
