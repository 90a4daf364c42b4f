package labca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of an authority: its certificate with its key, and its certificate alone, for clients.
const (
	keyFile         = "authority.pem"
	CertificateFile = "ca.pem"
)

// Dir returns where a user's authority is kept: $XDG_STATE_HOME/netlab, or ~/.local/state/netlab.
func Dir() (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "netlab"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("labca: no folder for the lab authority: %w", err)
	}
	return filepath.Join(home, ".local", "state", "netlab"), nil
}

// Load reads the authority that is kept in a folder, which only its user may read. If there is none, or it ends within 30 days, or cannot be read as one, it makes a new
// one and keeps that. Several programs may do so at once: all use the one that is there in the end.
func Load(dir string, now time.Time, l Limits) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("labca: %w", err)
	}
	path := filepath.Join(dir, keyFile)
	a, err := read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoAuthority) {
		return nil, err
	}
	if a == nil || now.AddDate(0, 0, renewDays).After(a.Certificate.NotAfter) || now.Before(a.Certificate.NotBefore) {
		if a, err = New(rand.Reader, now, l); err != nil {
			return nil, err
		}
		if err := a.write(path); err != nil {
			return nil, err
		}
		if a, err = read(path); err != nil { // another program's, if that was later
			return nil, err
		}
	}
	certificate := filepath.Join(dir, CertificateFile)
	if old, err := os.ReadFile(certificate); err == nil && bytes.Equal(old, a.PEM()) {
		return a, nil
	}
	return a, put(certificate, a.PEM())
}

// errNoAuthority says that a file holds something else.
var errNoAuthority = errors.New("labca: the file holds no authority")

// read reads an authority and its key.
func read(path string) (*Authority, error) {
	octets, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("labca: %w", err)
	}
	a := &Authority{}
	for block, rest := pem.Decode(octets); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			a.Certificate, err = x509.ParseCertificate(block.Bytes)
		case "PRIVATE KEY":
			var key any
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
			a.key, _ = key.(*ecdsa.PrivateKey)
		}
		if err != nil {
			return nil, errNoAuthority
		}
	}
	if a.Certificate == nil || a.key == nil || !a.key.PublicKey.Equal(a.Certificate.PublicKey) {
		return nil, errNoAuthority
	}
	return a, nil
}

// write keeps an authority and its key.
func (a *Authority) write(path string) error {
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("labca: %w", err)
	}
	return put(path, append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...))
}

// put writes a file beside its place and renames it, so that nobody reads half of it.
func put(path string, octets []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("labca: %w", err)
	}
	_, err = f.Write(octets)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("labca: %w", err)
	}
	return nil
}
