//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labca"
)

// largeSize is how much the servers serve as /large: the octets of netlab's own /bytes.
const largeSize = 300_000

// upInBackground starts netlab up and returns what makes commands that use it. It ends with the test.
func upInBackground(t *testing.T, flags ...string) (command func(args ...string) *exec.Cmd) {
	t.Helper()
	up := netlabCommand(t, append([]string{"up", "--plain", "--quiet"}, flags...)...)
	out, err := up.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, up.Start())
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	t.Cleanup(func() {
		_ = up.Process.Signal(syscall.SIGTERM)
		_ = up.Wait()
	})
	return func(args ...string) *exec.Cmd {
		c := netlabCommand(t, args...)
		c.Env = up.Env
		return c
	}
}

// certifiedFolder writes a certificate for the kernel's side, and what the servers serve, into a folder.
func certifiedFolder(t *testing.T) string {
	t.Helper()
	dir := shortTempDir(t)
	authority, err := labca.New(rand.Reader, time.Now(), labca.Limits{})
	require.NoError(t, err)
	leaf, err := authority.Issue(rand.Reader, time.Now(), labca.Request{Names: []string{"kernel.netlab.test", "10.77.0.1"}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), authority.PEM(), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "server.pem"), leaf.PEM(), 0o600))
	large := netlab(t, "fetch", "--lab", "hello", fmt.Sprintf("http://h2/bytes/%d", largeSize))
	require.Len(t, large.out, largeSize)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "www"), 0o755))
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "www", "large"), []byte(large.out), 0o644))
	return dir
}

// nginxConfig is a server of the folder on port 4445.
const nginxConfig = `daemon off; user root; master_process off; pid DIR/pid; error_log DIR/error.log;
events {}
http {
  access_log off; client_body_temp_path DIR; proxy_temp_path DIR; fastcgi_temp_path DIR; uwsgi_temp_path DIR; scgi_temp_path DIR;
  server { listen 10.77.0.1:4445 ssl; ssl_protocols TLSv1.3; ssl_certificate DIR/server.pem; ssl_certificate_key DIR/server.pem; root DIR/www; }
}
`

// netlab's own client against servers of OpenSSL, Go and nginx in the kernel's namespace, while one packet in twenty is lost each way.
func TestFetchHTTPSFromOthers(t *testing.T) {
	t.Parallel()
	needTUN(t, "openssl", "nginx")
	dir := certifiedFolder(t)
	command := upInBackground(t, "--fault", "tun:loss=5%")
	nginx := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(nginx, []byte(strings.ReplaceAll(nginxConfig, "DIR", dir)), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	pem := filepath.Join(dir, "server.pem")
	for _, s := range []struct {
		name, port string
		args       []string
	}{
		{"openssl", "4443", []string{"sh", "-c", "cd " + dir + "/www && exec openssl s_server -quiet -WWW -accept 10.77.0.1:4443 -cert " + pem + " -key " + pem}},
		{"Go", "4444", []string{"env", actAsHTTPS + "=" + pem, self}},
		{"nginx", "4445", []string{"nginx", "-c", nginx}},
	} {
		t.Run(s.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			server := command(append([]string{"exec", "--"}, s.args...)...)
			require.NoError(t, server.Start())
			context.AfterFunc(ctx, func() { _ = server.Process.Signal(syscall.SIGTERM) })
			defer func() {
				stop()
				_ = server.Wait()
			}()
			url := "https://10.77.0.1:" + s.port + "/large"
			var r result
			for range 200 { // until the server listens
				if r = finish(t, command("fetch", "-v", "--cacert", filepath.Join(dir, "ca.pem"), url)); r.code == 0 {
					break
				}
			}
			require.Zero(t, r.code, r.err)
			require.Equal(t, largeSize, len(r.out))
			want, err := os.ReadFile(filepath.Join(dir, "www", "large"))
			require.NoError(t, err)
			require.Equal(t, sum(want), sum([]byte(r.out)))
			require.Contains(t, r.err, "TLS 1.3, ")

			r = finish(t, command("fetch", url))
			require.Equal(t, exitNo, r.code)
			require.Contains(t, r.err, "an authority that is not trusted here")
		})
	}
}

// curl over a line that loses one packet in twenty gets all octets, encrypted.
func TestHTTPSOverABadLine(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl", "sha256sum")
	get := func(url string, flags ...string) string {
		r := netlab(t, append(append([]string{"exec", "--quiet"}, flags...), "--", "sh", "-c", "curl -sS --cacert $XDG_STATE_HOME/netlab/ca.pem "+url+" | sha256sum")...)
		require.Zero(t, r.code, r.err)
		return r.out
	}
	plain := get("http://10.77.0.2/bytes/2000000")
	require.Equal(t, plain, get("https://10.77.0.2/bytes/2000000", "--fault", "tun:loss=5%,reorder=5%,dup=2%"))
}
