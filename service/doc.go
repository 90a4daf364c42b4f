// Package service holds what runs on top of a host: the servers of `netlab up` (echo, discard, character generator, HTTP and HTTPS) and the
// clients of the command line (fetch, nc, ping, traceroute). They are ordinary blocking code on a host's connections, so they run the same in
// real time and in a simulation.
package service
