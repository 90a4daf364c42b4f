package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// player lets the time of a run or of a capture pass on the screen.
type player struct {
	playing bool
	speed   float64   // seconds of the run in a second
	waiting bool      // nothing is under way, and the waiting is cut short
	ticked  time.Time // the last tick; zero: the first after a pause
}

// patience is how long the screen waits, at most, for a time in which nothing is under way.
const patience = time.Second

// passed returns how much real time has passed since the last tick. A screen that was stopped for a while does not jump.
func (p *player) passed(at time.Time) time.Duration {
	passed := frame
	if !p.ticked.IsZero() {
		passed = min(max(at.Sub(p.ticked), 0), 4*frame)
	}
	p.ticked = at
	return passed
}

// step returns how far the clock moves in so much real time. left is how long it is to what happens next, and quiet how long nothing
// happens in all. If nothing is under way, and that would take longer than the patience, time goes faster.
func (p *player) step(passed, left, quiet time.Duration, underWay bool) time.Duration {
	step := time.Duration(float64(passed) * p.speed)
	if p.waiting = float64(left) > p.speed*float64(patience) && !underWay; p.waiting {
		return max(step, min(left, time.Duration(float64(quiet)*float64(passed)/float64(patience))))
	}
	return step
}

// shift goes to the next or previous speed of 0.01, 0.02, 0.05, 0.1 … 100.
func (p *player) shift(direction int) {
	speeds := []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}
	if direction > 0 {
		for _, v := range speeds {
			if v > p.speed*1.001 {
				p.speed = v
				return
			}
		}
		return
	}
	for i := len(speeds) - 1; i >= 0; i-- {
		if speeds[i] < p.speed*0.999 {
			p.speed = speeds[i]
			return
		}
	}
}

// atSpeed goes at the speed that was typed: "2", "0.5x".
func (p *player) atSpeed(typed string) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(typed, "x"), 64)
	if err != nil || !(v >= 0.01 && v <= 100) {
		return errors.New("a speed is a number from 0.01 to 100: " + strconv.Quote(typed) + " is none")
	}
	p.speed = v
	return nil
}

// sign says whether time goes on.
func (p *player) sign() string {
	switch {
	case p.playing && p.waiting:
		return "▶▶"
	case p.playing:
		return "▶"
	}
	return "‖"
}

// fitting is a keymap with the words that fit now.
func (p *player) fitting(keys []binding) []binding {
	keys = slices.Clone(keys)
	for i := range keys {
		if keys[i].do == playPause && p.playing {
			keys[i].brief = "pause"
		}
	}
	return keys
}

// pace is the speed in words.
func (p *player) pace() string { return fmt.Sprintf("%gx", p.speed) }
