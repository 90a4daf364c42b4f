// Package tui is netlab's screen: it shows a run (a simulated lab, or a live host behind a TUN) packet by
// packet and layer by layer, and lets the user stop it, step through it and break it on purpose.
//
// Replay shows a capture file. It reads, while it draws, the packets that are seen and no others; the pass over the file,
// filters and streams are done beside it.
//
// A Source is the screen's view of a run; NewLab and NewLive make one. Run shows it, Home is the menu
// before it.
//
// The screen is one Bubble Tea model. Its Update only routes: it reads no file, waits for nothing and
// simulates nothing. Work goes to jobs, which run one at a time off the Update goroutine and come back as a
// message. What is drawn goes through a canvas, so that no line can be too long whatever the size.
// Panes are plain structs with View(width, height int) string, and remember what they drew last.
package tui
