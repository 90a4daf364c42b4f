package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netns"
	"netlab/sim"
)

// check is one line of netlab doctor.
type finding struct {
	What     string `json:"what"`
	OK       bool   `json:"ok"`
	Detail   string `json:"detail"`
	Fix      string `json:"fix,omitempty"`
	Fallback string `json:"fallback,omitempty"`
}

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can do, and how to get what it cannot",
		Long: `Tries what netlab needs, one line each: the simulated network, the TUN device, a namespace without root, the terminal.
For each thing that is missing: the fix, and what works without it. The exit code is 0 if the simulated network works,
whatever else is missing.`,
		Example: "  netlab doctor\n  netlab doctor --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			checks := append([]finding{checkLab()}, checkNamespace()...)
			checks = append(checks, a.checkTerminal(), checkGo())
			for _, c := range checks {
				if err := a.printCheck(c); err != nil {
					return err
				}
			}
			if !checks[0].OK {
				return answerNo("the simulated network does not work: %s", checks[0].Detail)
			}
			return nil
		},
	}
}

func (a *app) printCheck(c finding) error {
	if a.json {
		return a.printJSON(c)
	}
	sign, ascii := "✓", "ok"
	if !c.OK {
		sign, ascii = "!", "!!"
	}
	if a.useASCII() {
		sign = ascii
	}
	line := fmt.Sprintf("%s %-30s %s", sign, c.What, c.Detail)
	if c.Fix != "" {
		line += "\n    fix:        " + c.Fix
	}
	if c.Fallback != "" {
		line += "\n    without it: " + c.Fallback
	}
	_, err := fmt.Fprintln(a.out, line)
	return err
}

// checkLab runs a lab to its end.
func checkLab() finding {
	c := finding{What: "simulated network (netlab lab)"}
	t, _, err := openLab("hello")
	if err == nil {
		var n *sim.Network
		if n, err = sim.New(t, sim.Options{}); err == nil {
			for n.Step() {
			}
			err = n.Err()
			c.Detail = fmt.Sprintf("works: the lab hello ran to its end in %d events", n.Store().View().Last())
			n.Close()
		}
	}
	if c.OK = err == nil; !c.OK {
		c.Detail = err.Error()
	}
	return c
}

// checkNamespace tries what netlab up and netlab exec need.
func checkNamespace() []finding {
	var checks []finding
	for _, f := range netns.Check() {
		c := finding{What: f.What, OK: f.Problem == nil, Detail: "works"}
		if p := f.Problem; p != nil {
			c.Detail, c.Fix, c.Fallback = p.What, p.Fix, p.Fallback
		}
		checks = append(checks, c)
	}
	return checks
}

func (a *app) checkTerminal() finding {
	c := finding{What: "terminal", OK: true}
	switch {
	case !isTerminal(a.out):
		c.Detail = "standard output is none: commands tell in text what the screen would show"
	case os.Getenv("TERM") == "dumb" || os.Getenv("TERM") == "":
		c.OK = false
		c.Detail = fmt.Sprintf("TERM is %q: no screen can be drawn", os.Getenv("TERM"))
		c.Fix = "export TERM=xterm-256color, if your terminal is one"
		c.Fallback = "--plain"
	default:
		c.Detail = os.Getenv("TERM")
		if v := os.Getenv("COLORTERM"); v != "" {
			c.Detail += ", " + v
		}
		if os.Getenv("NO_COLOR") != "" {
			c.Detail += ", no colour (NO_COLOR)"
		}
	}
	if a.useASCII() {
		c.Detail += "; drawn in ASCII, since the locale is not UTF-8"
	} else {
		c.Detail += "; UTF-8"
	}
	return c
}

// checkGo looks for the Go that exercises in code will need.
func checkGo() finding {
	c := finding{What: "Go, to run and change the code"}
	path, err := exec.LookPath("go")
	if err != nil {
		c.Detail = "not found"
		c.Fix = "install Go (go.dev/dl) and put it into PATH"
		c.Fallback = "everything that this program does by itself"
		return c
	}
	out, err := exec.Command(path, "env", "GOVERSION").Output()
	c.OK = err == nil
	c.Detail = strings.TrimSpace(string(out)) + ", this program was built with " + runtime.Version()
	return c
}
