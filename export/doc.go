// Package export writes runs and captures in forms that others read: a capture with comments, a web page that needs no network, a ladder diagram as
// SVG or Mermaid, and a log of events in the format of qlog.
//
//   - Run is what is written: packets in words and octets, and what is worth pointing at. Of a simulated run it is made by Timeline, of a capture
//     file by Capture.
//   - Write chooses the form by the ending of a file's name; HTML, SVG, Mermaid, Qlog and Pcapng are the forms.
//
// What is written depends on the run alone: the same octets every time.
package export
