package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labca"
)

// A running host's certificate is replaced before it ends, by one of the same authority.
func TestTheCertificateIsRenewed(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	c, err := (&app{}).certify()
	require.NoError(t, err)
	first, err := c.config()
	require.NoError(t, err)
	again, err := c.config()
	require.NoError(t, err)
	require.Equal(t, first.Certificates[0].Chain, again.Certificates[0].Chain)

	soon := *c.pair.Leaf
	soon.NotAfter = time.Now().Add(leafRenewal / 2)
	c.pair.Leaf = &soon
	renewed, err := c.config()
	require.NoError(t, err)
	require.NotEqual(t, first.Certificates[0].Chain, renewed.Certificates[0].Chain)
	require.NoError(t, renewed.Certificates[0].Leaf.CheckSignatureFrom(c.authority.Certificate))
	require.NoError(t, renewed.Certificates[0].Leaf.VerifyHostname("www.netlab.test"))
}

// Where there is no room for an authority, or it cannot be read, that is said.
func TestNoAuthority(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	require.NoError(t, os.WriteFile(filepath.Join(state, "netlab"), nil, 0o600)) // a file where the folder should be
	_, err := (&app{}).certify()
	require.ErrorContains(t, err, "labca: ")
	_, err = os.Stat(filepath.Join(state, "netlab", labca.CertificateFile))
	require.Error(t, err)
}
