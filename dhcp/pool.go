package dhcp

import (
	"container/heap"
	"container/list"
	"net/netip"
	"time"
)

// binding is an address of the pool and whose it is.
type binding struct {
	addr     netip.Addr
	client   string // who has it, or had it last; empty: nobody yet
	hardware HardwareAddr
	state    bindingState
	expires  time.Time // of an offer, a lease or a quarantine; zero: never
	reserved bool      // for its client alone, always

	free *list.Element // its place among the free ones
	at   int           // its place among those that expire; -1: it does not
}

type bindingState uint8

const (
	free bindingState = iota
	offered
	leased
	quarantined // somebody uses the address without having it from this server
)

// String says what has become of an address.
func (s bindingState) String() string {
	return [...]string{"free", "offered", "leased", "in use by somebody else"}[s]
}

// pool is the addresses of a server. Finding one takes the same time however many there are; the memory is bounded by their number.
type pool struct {
	addrs    map[netip.Addr]*binding
	clients  map[string]*binding // by client: what it has, or had last
	free     list.List           // of *binding, the one that was used longest ago first
	expiries expiries
}

// newPool returns a pool of the addresses from first to last.
func newPool(first, last netip.Addr) *pool {
	p := &pool{addrs: map[netip.Addr]*binding{}, clients: map[string]*binding{}}
	for a := first; ; a = a.Next() {
		b := &binding{addr: a, at: -1}
		p.addrs[a] = b
		b.free = p.free.PushBack(b)
		if a == last {
			return p
		}
	}
}

// reserve keeps an address, of the pool or beside it, for one client.
func (p *pool) reserve(client string, a netip.Addr) {
	b := p.addrs[a]
	if b == nil {
		b = &binding{addr: a, at: -1}
		p.addrs[a] = b
	} else {
		p.free.Remove(b.free)
		b.free = nil
	}
	b.reserved, b.client = true, client
	p.clients[client] = b
}

// choose returns an address for a client, in the order of RFC 2131, Section 4.3.1: the one that it has or had, the one that it asks for,
// and then the one that was used longest ago. nil: there is none.
func (p *pool) choose(client string, wanted netip.Addr) *binding {
	if b := p.clients[client]; b != nil && b.state != quarantined {
		return b
	}
	if b := p.addrs[wanted]; b != nil && b.state == free && !b.reserved {
		return b
	}
	if first := p.free.Front(); first != nil {
		return first.Value.(*binding)
	}
	return nil
}

// take gives an address to a client for a while.
func (p *pool) take(b *binding, client string, hardware HardwareAddr, s bindingState, expires time.Time) {
	if b.client != client && p.clients[b.client] == b {
		delete(p.clients, b.client)
	}
	if old := p.clients[client]; old != nil && old != b && old.state != quarantined {
		old.client = "" // it has another one now
	}
	b.client, b.hardware, b.state = client, hardware, s
	p.clients[client] = b
	if b.free != nil {
		p.free.Remove(b.free)
		b.free = nil
	}
	p.until(b, expires)
}

// until sets when a binding expires.
func (p *pool) until(b *binding, expires time.Time) {
	b.expires = expires
	switch {
	case expires.IsZero() && b.at >= 0:
		heap.Remove(&p.expiries, b.at)
	case expires.IsZero():
	case b.at >= 0:
		heap.Fix(&p.expiries, b.at)
	default:
		heap.Push(&p.expiries, b)
	}
}

// release frees an address. Its client is remembered until somebody else gets it.
func (p *pool) release(b *binding) {
	p.until(b, time.Time{})
	b.state = free
	if !b.reserved && b.free == nil {
		b.free = p.free.PushBack(b)
	}
}

// quarantine takes an address out of use for a while.
func (p *pool) quarantine(b *binding, until time.Time) {
	if !b.reserved {
		if p.clients[b.client] == b {
			delete(p.clients, b.client)
		}
		b.client = ""
	}
	if b.free != nil {
		p.free.Remove(b.free)
		b.free = nil
	}
	b.state = quarantined
	p.until(b, until)
}

// expired returns the next binding whose time is over; nil: none.
func (p *pool) expired(now time.Time) *binding {
	if len(p.expiries) == 0 || now.Before(p.expiries[0].expires) {
		return nil
	}
	return p.expiries[0]
}

// expiries is a heap of bindings, the one that expires first on top; equal ones in the order of their addresses, so that runs repeat.
type expiries []*binding

func (e expiries) Len() int { return len(e) }

func (e expiries) Less(i, j int) bool {
	if c := e[i].expires.Compare(e[j].expires); c != 0 {
		return c < 0
	}
	return e[i].addr.Less(e[j].addr)
}

func (e expiries) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].at, e[j].at = i, j
}

// Push adds a binding, for package heap.
func (e *expiries) Push(x any) {
	b := x.(*binding)
	b.at = len(*e)
	*e = append(*e, b)
}

// Pop takes the last binding away, for package heap.
func (e *expiries) Pop() any {
	last := (*e)[len(*e)-1]
	(*e)[len(*e)-1] = nil
	*e = (*e)[:len(*e)-1]
	last.at = -1
	return last
}
