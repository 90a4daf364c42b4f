package export

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// Qlog writes the run as qlog (draft-ietf-quic-qlog-main-schema) in its form of JSON text sequences (RFC 7464): a header, then an event after
// another. The events of TCP are not in any schema yet; theirs are the names that netlab's JSON output has (docs/json.md).
func Qlog(w io.Writer, r *Run) error {
	out := bufio.NewWriter(w)
	if err := record(out, r.qlogHeader()); err != nil {
		return err
	}
	for _, e := range r.Events {
		if err := record(out, e.qlog()); err != nil {
			return err
		}
	}
	if len(r.Events) == 0 { // a capture
		for i := range r.Packets {
			if err := r.qlogPacket(out, &r.Packets[i]); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// record writes one text of a sequence: it begins with the character RS and ends with a line feed (RFC 7464, Section 2.2).
func record(out *bufio.Writer, v any) error {
	out.WriteByte(0x1e)
	return json.NewEncoder(out).Encode(v)
}

type qlogHeader struct {
	Schema string    `json:"file_schema"`
	Format string    `json:"serialization_format"`
	Title  string    `json:"title"`
	Trace  qlogTrace `json:"trace"`
}

type qlogTrace struct {
	Common  qlogCommon  `json:"common_fields"`
	Vantage qlogVantage `json:"vantage_point"`
	Schemas []string    `json:"event_schemas"`
}

type qlogCommon struct {
	TimeFormat string    `json:"time_format"`
	Reference  qlogEpoch `json:"reference_time"`
}

type qlogEpoch struct {
	Clock string `json:"clock_type"`
	Epoch string `json:"epoch"`
}

type qlogVantage struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (r *Run) qlogHeader() qlogHeader {
	return qlogHeader{
		Schema: "urn:ietf:params:qlog:file:sequential", Format: "application/qlog+json-seq", Title: r.Title,
		Trace: qlogTrace{
			Common:  qlogCommon{"relative_to_epoch", qlogEpoch{"system", r.Begin.UTC().Format(time.RFC3339Nano)}},
			Vantage: qlogVantage{"netlab", "network"}, Schemas: []string{"urn:netlab:qlog:events:netlab"},
		},
	}
}

type qlogEvent struct {
	Time float64        `json:"time"` // milliseconds
	Name string         `json:"name"`
	Data map[string]any `json:"data"` // encoding/json sorts the keys
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func (e *Event) qlog() qlogEvent {
	data := map[string]any{"host": e.Host, "text": e.Text}
	for name, value := range map[string]string{"flow": e.Flow, "ref": e.Ref} {
		if value != "" {
			data[name] = value
		}
	}
	if e.Packet != 0 {
		data["packet"] = e.Packet
	}
	for _, c := range e.Changes {
		data[c[0]] = map[string]string{"old": c[1], "new": c[2]}
	}
	return qlogEvent{milliseconds(e.At), "netlab:" + e.Kind, data}
}

// qlogPacket writes a captured packet, and what there is to say of it.
func (r *Run) qlogPacket(out *bufio.Writer, p *Packet) error {
	data := map[string]any{"packet": p.Number, "from": p.From, "to": p.To, "proto": p.Proto, "text": p.What, "length": p.Record.Length}
	if p.Stream >= 0 {
		data["stream"] = p.Stream
	}
	if err := record(out, qlogEvent{milliseconds(p.At), "netlab:packet", data}); err != nil {
		return err
	}
	for _, n := range r.notes(p.Number) {
		data := map[string]any{"packet": n.Packet, "kind": n.Kind, "text": n.Text}
		if n.Ref != "" {
			data["ref"] = n.Ref
		}
		if err := record(out, qlogEvent{milliseconds(p.At), "netlab:finding", data}); err != nil {
			return err
		}
	}
	return nil
}
