package stack

import "time"

// Together runs functions at the same time, each on a goroutine of the runtime, and returns when all have returned.
func (h *Host) Together(functions ...func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	left, ended := len(functions), h.runtime.NewCond(&h.mu)
	for _, f := range functions {
		h.runtime.Go(func() {
			f()
			h.mu.Lock()
			defer h.mu.Unlock()
			left--
			ended.Broadcast()
		})
	}
	for left > 0 {
		ended.Wait(time.Time{})
	}
}
