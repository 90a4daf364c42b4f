// Package capture reads and writes capture files, takes packets apart into trees of named fields, and
// says of each packet in a few plain words what it is.
//
//   - Reader reads pcap and pcapng, Writer writes pcapng: packets with their times and comments. Scanner is the
//     same reading without an allocation for each packet.
//   - File is a capture file with an index: any packet at once, of a million, while the rest is still being read.
//   - Dissect returns a packet's layers as wire.Node trees, by the layouts of the protocol packages.
//     What netlab does not speak itself is taken apart by gopacket, and says so.
//   - Summarizer follows streams, so that its words carry relative sequence numbers and name what was
//     sent again.
//
// Files come from anywhere: nothing in them makes this package panic or hold unbounded memory.
package capture
