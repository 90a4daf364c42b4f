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
	text []byte // what was written, for a capture that takes the secrets along; nil: nobody wants it
	keep bool
	err  error
}

// open opens the file that --keylog names, or else the environment variable. What is in it stays.
func (k *keyLogger) open(flag string) error {
	name, what := flag, "--keylog"
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
