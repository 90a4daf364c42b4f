package main

import (
	"fmt"
	"os"
	"sync"
)

// keyLogger writes the secrets of TLS connections as the file that SSLKEYLOGFILE names has them, so that Wireshark, or netlab replay, can read what was said.
type keyLogger struct {
	mu   sync.Mutex
	file *os.File
	keep bool   // a capture takes the secrets along:
	text []byte // all lines, for one that is written at the end,
	live func(line []byte)
	err  error
}

// open opens the file that --keylog names, or else the environment variable. What is in it stays. captured: --pcap is given too. The capture then takes the
// secrets along, but not for the sake of the environment variable: whoever passes a capture on is to know what is in it.
func (k *keyLogger) open(flag string, captured bool) error {
	name, what := flag, "--keylog"
	k.keep = captured && flag != ""
	if name == "" {
		name, what = os.Getenv("SSLKEYLOGFILE"), "SSLKEYLOGFILE"
	}
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return usageError("%s %s: %v", what, name, reason(err))
	}
	k.file = f
	return nil
}

// into hands secrets to a capture as they come.
func (k *keyLogger) into(live func(line []byte)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.live = live
}

// captured returns the secrets that a capture is to have; nil: none.
func (k *keyLogger) captured() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text
}

// log returns what writes a secret; nil if nobody wants them.
func (k *keyLogger) log() func(label string, clientRandom, secret []byte) {
	if k.file == nil && !k.keep {
		return nil
	}
	return func(label string, clientRandom, secret []byte) {
		line := fmt.Sprintf("%s %x %x\n", label, clientRandom, secret)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.keep {
			k.text = append(k.text, line...)
		}
		if k.keep && k.live != nil {
			k.live([]byte(line))
		}
		if k.file == nil || k.err != nil {
			return
		}
		_, k.err = k.file.WriteString(line)
	}
}

// close ends the file.
func (k *keyLogger) close() error {
	if k.file == nil {
		return nil
	}
	err := firstError(k.err, k.file.Close())
	if err != nil {
		return &codeError{exitNo, fmt.Errorf("%s: %w", k.file.Name(), reason(err))}
	}
	return nil
}
