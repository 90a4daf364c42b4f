package main

import (
	"io"
	"os"

	"netlab/capture"
	"netlab/tls"
)

// maxKeyLog bounds how much of a key log is read, in octets.
const maxKeyLog = 1 << 26

// readKeyLog reads the key log that --keylog names, or the environment variable SSLKEYLOGFILE: the latter may name a file that is not there yet. It
// returns its text too.
func readKeyLog(flag string) (*tls.KeyLog, []byte, error) {
	log := &tls.KeyLog{}
	name := flag
	if name == "" {
		name = os.Getenv("SSLKEYLOGFILE")
	}
	if name == "" {
		return log, nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		if flag == "" {
			return log, nil, nil
		}
		return nil, nil, usageError("--keylog %s: %v", name, reason(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyLog))
	if err != nil {
		return nil, nil, usageError("--keylog %s: %v", name, reason(err))
	}
	err = log.Add(text)
	if flag != "" && log.Len() == 0 {
		if err != nil {
			return nil, nil, usageError("--keylog %s: %v", name, err)
		}
		return nil, nil, usageError("--keylog %s: no secrets in it; want lines such as CLIENT_RANDOM, random, secret", name)
	}
	return log, text, nil
}

// addSecrets adds the secrets that a capture file carries, wherever in it they are: they may come behind the packets that they
// open. It leaves the file at its beginning. What cannot be read twice, such as a pipe, gives its secrets as it is read.
func addSecrets(f *os.File, log *tls.KeyLog) {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	if s, err := capture.NewScanner(f.Name(), f); err == nil && s.Extra().Sections > 0 { // a pcap file has none
		var p capture.RawPacket
		for s.Next(&p) == nil {
		}
		_ = log.Add(s.Extra().KeyLog()) // a line that is broken decrypts nothing
	}
	_, _ = f.Seek(0, io.SeekStart)
}
