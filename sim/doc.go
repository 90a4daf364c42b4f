// Package sim runs a whole network inside the process: hosts, routers, links with faults, and
// applications, on a clock of its own.
//
// A lab file says what there is (Parse gives a Topology). A Network is a run of it. The run depends on
// the topology, the seed and the inputs that a user gives while it runs, and on nothing else: the same
// three give the same events with the same octets, on one core or on sixteen.
//
// Time does not flow here. The applications of a lab are ordinary blocking Go; the scheduler lets one of
// them run at a time, and when all of them wait, it moves the clock to the next thing that will
// happen: a packet arrives, a timer goes off, a sleep ends.
//
// What happened is kept in a timeline.Store, which is how one looks back. To change the past is to run
// the network again with one input more (Network.Branch).
package sim
