package main

import (
	stdtls "crypto/tls"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

// actAsHTTPS makes the test binary a server of Go's own net/http and crypto/tls: its value is the file of its certificate and key.
const actAsHTTPS = "NETLAB_TEST_ACT_AS_HTTPS"

// serveHTTPS is that server.
func serveHTTPS(pem string) {
	pair, err := stdtls.LoadX509KeyPair(pem, pem)
	if err != nil {
		log.Fatal(err)
	}
	large, err := os.ReadFile(filepath.Join(filepath.Dir(pem), "www", "large"))
	if err != nil {
		log.Fatal(err)
	}
	s := http.Server{
		Addr: "10.77.0.1:4444", TLSConfig: &stdtls.Config{Certificates: []stdtls.Certificate{pair}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large) }),
	}
	log.Fatal(s.ListenAndServeTLS("", ""))
}
