// Package netns gives netlab a TUN device without root: a user namespace and a network namespace of its
// own, with a kernel in it that commands such as curl can use.
//
// Start runs the program a second time, as the holder, inside new user, network and PID namespaces.
// The holder makes the TUN device, gives it its address, hands its descriptor to the parent over a Unix
// socket (SCM_RIGHTS), and stays. It starts the commands that are to run inside. The parent never
// enters the namespaces: it runs the stack and the screen as the plain user.
//
//	parent                                        holder (uid 0 and process 1 of its namespaces)
//	  Start ── clone, exec /proc/self/exe ──────▶   Hold
//	        ── settings ─────────────────────────▶  TUN, address, MTU
//	        ◀───────────── TUN descriptor (SCM_RIGHTS)
//	  Run   ── argv, env, cwd, stdin, out, err ──▶  starts the command in a process group of its own
//	        ── signals ──────────────────────────▶  passes them on
//	        ◀──────────────────────── exit code
//	  Close ── closes the socket ────────────────▶  exits: the kernel kills all processes in the PID namespace
//
// Nothing is left behind however the parent ends, SIGKILL included: the holder sees its socket close
// (and asks the kernel to be killed when its parent dies); it is process 1 of its PID namespace, so all
// that it started dies with it; the network namespace lives as long as a process or the TUN's descriptor,
// and the device as long as that.
//
// Another process of the same user (netlab exec) reaches the holder of a running netlab up through a
// socket in a directory that only that user can open; see SocketPath and Connect.
//
// Limits. /proc is the machine's, so ps shows process numbers from outside the PID namespace. A command run
// through Connect, from another terminal than the one that netlab up runs in, is no part of that terminal's
// session: Ctrl-C and the other signals are passed on, but a shell there has no job control, and Ctrl-Z stops
// the client alone. Without a running netlab up the terminal is handed over, and job control works.
package netns
