package sim

import (
	"context"
	"fmt"
	"math/rand/v2"

	"netlab/labca"
	"netlab/service"
	"netlab/stack"
	"netlab/tls"
	"netlab/tls/tlsnet"
)

// certificates are what the certificate of a simulated server may be: one good kind, and the mistakes that are made with certificates.
func certificates() []string {
	return []string{"good", "expired", "other-host", "self-signed", "unknown-authority"}
}

// Authority returns who vouches for the servers of the lab, and is trusted by its hosts. Its key follows from the seed.
func (n *Network) Authority() (*labca.Authority, error) {
	if n.authority == nil {
		a, err := labca.New(n.drawn("authority"), n.world.epoch, labca.Limits{})
		if err != nil {
			return nil, err
		}
		n.authority = a
	}
	return n.authority, nil
}

// drawn returns a generator for the keys of a part of the lab.
func (n *Network) drawn(names ...string) *rand.ChaCha8 {
	var seed [32]byte
	for i, part := range []uint64{mix(n.seed, append(names, "1")...), mix(n.seed, append(names, "2")...)} {
		for k := range 8 {
			seed[8*i+k] = byte(part >> (8 * k))
		}
	}
	return rand.NewChaCha8(seed)
}

// ClientTLS is how the clients of the lab speak TLS: they trust the lab's authority, and draw from their host's chance.
func (n *Network) ClientTLS(h *stack.Host) (tls.Config, error) {
	a, err := n.Authority()
	if err != nil {
		return tls.Config{}, err
	}
	return tls.Config{Random: service.Chance(h), Roots: a.Pool(), KeyLog: n.keyLog}, nil
}

// serveHTTPS starts an HTTPS server with the certificate that the lab wants it to have.
func (n *Network) serveHTTPS(spec AppSpec, h *stack.Host, a arguments) error {
	leaf, err := n.certificate(spec.Host, a["certificate"])
	if err != nil {
		return err
	}
	pair, err := tls.NewKeyPair(leaf.Key, leaf.Chain...)
	if err != nil {
		return err
	}
	cfg := tls.Config{
		Random: service.Chance(h), Certificates: []tls.KeyPair{pair}, RequireName: a["require-name"] == "yes",
		Sessions: tlsnet.Share(&tls.Sessions{}), KeyLog: n.keyLog,
	}
	o := serverOptions()
	o.TLS = func() (tls.Config, error) { return cfg, nil }
	return service.ServeHTTPS(h, ":"+a["port"], o)
}

// certificate makes the certificate of a host.
func (n *Network) certificate(host, kind string) (*labca.Leaf, error) {
	random, now := n.drawn("certificate", host), n.world.epoch
	authority, err := n.Authority()
	if err != nil {
		return nil, err
	}
	r := labca.Request{Names: n.namesFor(host)}
	switch kind {
	case "expired":
		r.From, r.Until = now.AddDate(0, -4, 0), now.AddDate(0, -1, 0)
	case "other-host":
		r.Names = []string{"other-" + host}
	case "self-signed":
		return labca.SelfSigned(random, now, r)
	case "unknown-authority":
		if authority, err = labca.New(random, now, labca.Limits{Name: "somebody else's authority"}); err != nil {
			return nil, err
		}
	}
	return authority.Issue(random, now, r)
}

// namesFor are the names under which a host is asked for, and its addresses.
func (n *Network) namesFor(host string) []string {
	names := []string{host}
	if _, domain, ok := n.topology.NameServer(host); ok {
		names = append(names, host+"."+domain, "*."+domain)
	}
	spec, _ := n.topology.Host(host)
	for _, a := range spec.Addrs() {
		names = append(names, a.String())
	}
	return names
}

// webRunner returns how the clients and servers of the web run.
func (n *Network) webRunner(spec AppSpec) func(h *stack.Host, a arguments) (string, error) {
	return func(h *stack.Host, a arguments) (string, error) {
		if spec.Do == "https-server" {
			return "", n.serveHTTPS(spec, h, a)
		}
		cfg, err := n.ClientTLS(h)
		if err != nil {
			return "", err
		}
		switch spec.Do {
		case "http-get":
			return fetch(h, a["url"], service.FetchOptions{TLS: cfg})
		case "http-post":
			size := a.number("bytes")
			return fetch(h, a["url"], service.FetchOptions{Body: &pattern{n: size}, Length: int64(size), TLS: cfg})
		case "http-events":
			return runHTTPEvents(h, a, cfg)
		case "websocket":
			return runWebSocket(h, a, cfg)
		}
		return "", fmt.Errorf("sim: nobody knows how to run %s", spec.Do)
	}
}

// fetch fetches a page and says what came.
func fetch(h *stack.Host, url string, o service.FetchOptions) (string, error) {
	r, err := service.Fetch(context.Background(), h, url, o)
	if err != nil {
		return "", err
	}
	how := ""
	if r.TLS != nil {
		how = ", over " + service.TLSWords(*r.TLS)
	}
	return fmt.Sprintf("got the answer %d %s with %d octets%s", int(r.Status), r.Reason, r.Octets, how), nil
}
