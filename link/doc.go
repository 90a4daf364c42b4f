// Package link is what carries IP packets between hosts: an in-memory cable, a TUN device whose other
// end is the kernel, and the faults that a user puts on them.
//
// Two layers are kept apart. An Impairment only decides: it is told the time and a packet, and says
// what becomes of it, from a seed. It does no I/O and reads no clock, so that a simulation can use it
// in virtual time. A Link carries packets in real time; Impair puts Impairments on one.
package link
