package netns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netlab/link"
)

// txQueueLen is how many packets the kernel keeps for us to read. Linux's own 500 are fewer than a TCP window
// of 1 MiB has segments.
const txQueueLen = 5000

// Hold makes this process the holder of a namespace if Start started it as that, and then does not return.
// Elsewhere it does nothing. It has to be called first thing in main, and in TestMain of tests that use Start.
func Hold() {
	if len(os.Args) != 1 || os.Args[0] != holderName {
		return
	}
	if err := hold(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", holderName, err)
		os.Exit(1)
	}
	os.Exit(0) // process 1 of its PID namespace: the kernel now kills all that it started
}

func hold() error {
	control, err := connection(os.NewFile(3, "control"))
	if err != nil {
		return fmt.Errorf("no parent: %w", err)
	}
	// Signals of the terminal are for commands, which get them from their clients. They are caught, not
	// ignored: what is ignored here would be ignored in each command too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)

	var s setup
	if _, err := receive(control, &s); err != nil {
		return fmt.Errorf("no settings: %w", err)
	}
	tun, done, err := prepare(s)
	if err != nil {
		done.Error = err.Error()
		errors.As(err, &done.Errno)
		return send(control, done)
	}
	fd, err := descriptor(tun.File())
	if err == nil {
		err = send(control, done, fd)
	}
	if err != nil {
		return err
	}
	_ = tun.Close() // from here on the device lives and dies with the parent's descriptor

	children := newChildren()
	if s.Listen {
		inherited := os.NewFile(4, "listener")
		listener, err := net.FileListener(inherited)
		_ = inherited.Close() // or each command would have it too
		if err != nil {
			return err
		}
		go acceptClients(listener.(*net.UnixListener), children)
	}
	for {
		files, err := receive(control, &struct{}{})
		if err != nil {
			return nil // the parent is gone, or has closed the namespace
		}
		for _, f := range files {
			if client, err := connection(f); err == nil {
				go serve(client, children)
			}
		}
	}
}

func acceptClients(l *net.UnixListener, children *children) {
	for {
		client, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go serve(client, children)
	}
}

// prepare makes the TUN and sets up the network. When it fails it names the step.
func prepare(s setup) (tun *link.TUN, done setupDone, err error) {
	if s.TAP != "" {
		tun, err = link.OpenTAP(s.TAP, s.MTU)
	} else {
		tun, err = openTUN(s.Backend, s.MTU)
	}
	if err != nil {
		return nil, setupDone{Step: "tun"}, err
	}
	if done.NoIPv6, err = configure(tun.Name(), s.Addrs, s.MTU); err != nil {
		_ = tun.Close()
		return nil, setupDone{Step: "network"}, err
	}
	return tun, done, nil
}

// openTUN makes the TUN in the way that was asked for.
func openTUN(backend Backend, mtu int) (tun *link.TUN, err error) {
	const name = "netlab%d"
	if backend != BackendWater {
		if tun, err = link.OpenVNet(name, mtu); err == nil || backend == BackendVNet {
			return tun, err
		}
	}
	return link.OpenTUN(name, mtu)
}

// configure brings up lo and the device. The routes to the networks of addrs come with the addresses. It reports whether
// the kernel lets no interface have an IPv6 address; the others then do.
func configure(name string, addrs []netip.Prefix, mtu int) (noIPv6 bool, err error) {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return false, fmt.Errorf("netns: interface lo: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return false, fmt.Errorf("netns: bringing up lo: %w", err)
	}
	device, err := netlink.LinkByName(name)
	if err != nil {
		return false, fmt.Errorf("netns: interface %s: %w", name, err)
	}
	if err := netlink.LinkSetMTU(device, mtu); err != nil {
		return false, fmt.Errorf("netns: MTU %d of %s: %w", mtu, name, err)
	}
	if err := netlink.LinkSetTxQLen(device, txQueueLen); err != nil {
		return false, fmt.Errorf("netns: queue length of %s: %w", name, err)
	}
	// Without an IPv6 address of its own making the kernel sends no router solicitations that
	// nobody answers. A kernel without IPv6 has nothing to switch off.
	_ = netlink.LinkSetIP6AddrGenMode(device, nl.IN6_ADDR_GEN_MODE_NONE)

	allowIPv6(name)

	for _, addr := range addrs {
		address, err := netlink.ParseAddr(addr.String())
		if err != nil {
			return false, fmt.Errorf("netns: address %s: %w", addr, err)
		}
		// Duplicate address detection would make the address wait a second, and there is nobody to ask.
		address.Flags = unix.IFA_F_NODAD
		err = netlink.AddrAdd(device, address)
		if err != nil && addr.Addr().Is6() && !hasIPv6(name) {
			noIPv6 = true
			continue
		}
		if err != nil {
			return false, fmt.Errorf("netns: address %s of %s: %w", addr, name, err)
		}
	}
	if err := netlink.LinkSetUp(device); err != nil {
		return false, fmt.Errorf("netns: bringing up %s: %w", name, err)
	}
	for _, addr := range addrs {
		if addr.Addr().Is6() && !noIPv6 {
			awaitLocal(addr.Addr())
		}
	}
	return noIPv6, nil
}

// localTimeout is how long the kernel may take until it knows that an address is its own.
const localTimeout = time.Second

// awaitLocal waits until the kernel takes packets for an IPv6 address: it adds the route for them on a thread of its own,
// some time after the address is there, and tells nobody when it has.
func awaitLocal(addr netip.Addr) {
	for end := time.Now().Add(localTimeout); time.Now().Before(end); time.Sleep(time.Millisecond) {
		routes, err := netlink.RouteGet(addr.AsSlice())
		if err == nil && len(routes) > 0 && routes[0].Type == unix.RTN_LOCAL {
			return
		}
	}
}

// ipv6Switch is the file that says whether IPv6 is switched off on an interface of the network namespace that reads it.
func ipv6Switch(name string) string { return "/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6" }

// allowIPv6 switches IPv6 on where it is off, as it is in many containers. Where /proc may not be written it stays off.
func allowIPv6(name string) {
	if !hasIPv6(name) {
		_ = os.WriteFile(ipv6Switch(name), []byte("0"), 0)
	}
}

// hasIPv6 reports whether the kernel has IPv6, and has it switched on.
func hasIPv6(name string) bool {
	b, err := os.ReadFile(ipv6Switch(name))
	return err == nil && strings.TrimSpace(string(b)) == "0"
}
