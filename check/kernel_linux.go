package check

import (
	"encoding/json"
	"os"
	"sync"

	"netlab/ip"
	"netlab/link"
	"netlab/netns"
)

// kernel is the TCP of a network namespace with a TUN, on whose far side the script stands. Calls are made by a helper inside.
type kernel struct {
	helper []string
	space  *netns.Namespace
	encode *json.Encoder
	decode *json.Decoder
	files  []*os.File
	ended  sync.WaitGroup
}

// Kernel returns this machine's Linux as a subject; helper is a command that does what ServeCalls does. Starting it fails with a *netns.Problem if
// the machine has no TUN.
func Kernel(helper []string) Subject { return &kernel{helper: helper} }

// Start implements Subject: it makes the namespace and starts the helper in it.
func (k *kernel) Start(cfg Config, sent func(packet []byte)) error {
	space, err := netns.Start(netns.Options{MTU: cfg.MTU})
	if err != nil {
		return err
	}
	k.space = space
	in, questions, err := os.Pipe()
	if err != nil {
		return err
	}
	k.files = []*os.File{questions, in}
	answers, out, err := os.Pipe()
	if err != nil {
		return err
	}
	k.files = append(k.files, answers, out)
	k.encode, k.decode = json.NewEncoder(questions), json.NewDecoder(answers)
	k.ended.Go(func() {
		_, _ = space.Run(netns.Command{Args: k.helper, Stdin: in, Stdout: out})
		_ = in.Close()
		_ = out.Close()
	})
	k.ended.Go(func() { k.receive(sent) })
	if r := k.Call(Call{Op: "configure", Config: cfg}); r.Err != "" {
		return noCounterpart(cfg)
	}
	return nil
}

// receive passes on the packets that the kernel sends to the script's side.
func (k *kernel) receive(sent func(packet []byte)) {
	for {
		packets, err := k.space.TUN().Read()
		if err != nil {
			return
		}
		for _, p := range packets {
			h, _, err := ip.Parse(p.Octets)
			if err == nil && (h.Dst == Peer(false) || h.Dst == Peer(true)) {
				sent(p.Octets)
			}
		}
	}
}

// Close implements Subject: it ends the namespace and all that runs in it.
func (k *kernel) Close() error {
	if k.space == nil {
		return nil
	}
	err := k.space.Close()
	for _, f := range k.files {
		_ = f.Close()
	}
	k.ended.Wait()
	return err
}

// Deliver implements Subject.
func (k *kernel) Deliver(packet []byte) {
	_ = k.space.TUN().Write([]link.Packet{{Octets: packet}})
}

func (k *kernel) ask(q question) (a answer) {
	if k.encode.Encode(q) != nil || k.decode.Decode(&a) != nil {
		a.Result.Err = "EIO"
	}
	return a
}

// Call implements Subject.
func (k *kernel) Call(c Call) Result { return k.ask(question{Call: c}).Result }

// Variable implements Subject.
func (k *kernel) Variable(socket int, name string) (string, bool) {
	a := k.ask(question{Call: Call{Socket: socket}, Variable: name})
	return a.Value, a.Known
}
