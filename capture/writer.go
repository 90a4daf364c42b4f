package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// maxComment is what fits into a pcapng option, whose length has 16 bits.
const maxComment = 1<<16 - 1

// Interface is where packets are written as having passed: a name, and with which header they begin.
type Interface struct {
	Name string
	Type LinkType
}

// Raw returns interfaces of IP packets without a link header.
func Raw(names ...string) []Interface {
	all := make([]Interface, len(names))
	for i, name := range names {
		all[i] = Interface{name, RawIP}
	}
	return all
}

// Writer writes packets as pcapng (draft-ietf-opsawg-pcapng), with nanosecond times and a comment on each packet.
// The octets depend on the packets alone: nothing of the machine, the user or the version gets into
// the file.
//
// The first error, such as that of a full disk, ends the writing: Write and Flush return it from then
// on and touch the file no more. What was written before is a capture that ends early.
type Writer struct {
	w     io.Writer
	ng    *pcapgo.NgWriter
	index map[Interface]int
	err   error
}

// NewWriter writes a file header and declares the given interfaces; Write names them by their index.
func NewWriter(w io.Writer, interfaces ...Interface) (*Writer, error) {
	if len(interfaces) == 0 {
		interfaces = Raw("netlab") // the format wants one before the first packet
	}
	ng, err := pcapgo.NewNgWriterInterface(w, interfaces[0].declaration(), pcapgo.NgWriterOptions{})
	if err != nil {
		return nil, fmt.Errorf("capture: write file header: %w", err)
	}
	c := &Writer{w: w, ng: ng, index: map[Interface]int{interfaces[0]: 0}}
	for _, i := range interfaces[1:] {
		if _, err := c.Interface(i); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (i Interface) declaration() pcapgo.NgInterface {
	return pcapgo.NgInterface{Name: i.Name, LinkType: layers.LinkType(i.Type)}
}

// Interface returns the index of an interface and declares it if it is new.
func (w *Writer) Interface(of Interface) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if i, ok := w.index[of]; ok {
		return i, nil
	}
	i, err := w.ng.AddInterface(of.declaration())
	if err != nil {
		return 0, w.fail(err)
	}
	w.index[of] = i
	return i, nil
}

// Write adds a packet that passed interface iface at the given time. An empty comment is left out.
func (w *Writer) Write(at time.Time, iface int, packet []byte, comment string) error {
	return w.WriteRecord(Record{At: at, Packet: packet, Length: len(packet)}, iface, comment)
}

// WriteRecord adds a packet of a capture, with its length on the wire. Its own comments are not written, but those given; empty ones are left out.
func (w *Writer) WriteRecord(r Record, iface int, comments ...string) error {
	if w.err != nil {
		return w.err
	}
	if iface < 0 || iface >= len(w.index) {
		return fmt.Errorf("capture: write packet: no interface %d, there are %d", iface, len(w.index))
	}
	var options pcapgo.NgPacketOptions
	for _, c := range comments {
		if c != "" {
			options.Comments = append(options.Comments, cutComment(c))
		}
	}
	info := gopacket.CaptureInfo{Timestamp: r.At, CaptureLength: len(r.Packet), Length: max(r.Length, len(r.Packet)), InterfaceIndex: iface}
	if err := w.ng.WritePacketWithOptions(info, r.Packet, options); err != nil {
		return w.fail(err)
	}
	return nil
}

// WriteSecrets adds a decryption secrets block, such as lines of a TLS key log. A program that reads the file once from front to end needs them before the
// packets that they open.
func (w *Writer) WriteSecrets(s Secrets) error {
	if len(s.Data) > maxSecrets {
		return fmt.Errorf("capture: write secrets: %d octets are more than %d", len(s.Data), maxSecrets)
	}
	if err := w.Flush(); err != nil { // what pcapgo holds comes first
		return err
	}
	const blockType, head = 0x0a, 16 // type, length, type of the secrets, their length
	length := uint32(head + (len(s.Data)+3)&^3 + 4)
	b := make([]byte, 0, length)
	for _, v := range []uint32{blockType, length, uint32(s.Type), uint32(len(s.Data))} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, s.Data...)
	b = append(b, make([]byte, -len(s.Data)&3)...)
	if _, err := w.w.Write(binary.LittleEndian.AppendUint32(b, length)); err != nil {
		return w.fail(err)
	}
	return nil
}

// cutComment shortens a comment to what a pcapng option holds, never within a character.
func cutComment(s string) string {
	if len(s) > maxComment {
		s = s[:maxComment]
	}
	return strings.ToValidUTF8(s, "")
}

// Flush hands everything written so far to the file. Call it before closing the file.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	if err := w.ng.Flush(); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *Writer) fail(err error) error {
	w.err = fmt.Errorf("capture: write: %w", err)
	return w.err
}
