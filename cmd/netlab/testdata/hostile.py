"""Sends netlab's host what no decent host sends, through the TUN. Runs in netlab's namespace: hostile.py DEVICE 4|6"""

import random
import socket
import sys

from scapy.all import (
    ICMP, IP, TCP, UDP, ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, Pad1, Raw, checksum, fuzz,
)

device, family = sys.argv[1], int(sys.argv[2])
random.seed(1)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind((device, 0))
count = 0


def send(packet):
    global count
    octets = bytes(packet)[:1500]
    if octets:
        wire.send(octets)
        count += 1


def with_options(ip, options):
    datagram = bytes(UDP(sport=5, dport=7, chksum=0) / b"x")
    header = bytearray(bytes(ip(ihl=5 + len(options) // 4, len=20 + len(options) + len(datagram), proto=17, chksum=0))[:20] + options)
    header[10:12] = checksum(bytes(header)).to_bytes(2, "big")
    return bytes(header) + datagram


def four():
    netlab, kernel = "10.77.0.2", "10.77.0.1"

    def ip(**fields):
        return IP(**{"src": kernel, "dst": netlab, **fields})

    for port in (7, 9, 80, 81):  # land
        send(ip(src=netlab) / TCP(sport=port, dport=port, flags="S"))
        send(ip(src=netlab) / UDP(sport=port, dport=port) / b"x")
    send(ip(src=netlab) / ICMP())
    for bad in ("127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "10.77.0.255", "240.0.0.1"):
        send(ip(src=bad) / ICMP() / b"x")
        send(ip(src=bad) / TCP(sport=1, dport=80, flags="S"))
        send(ip(dst=bad) / ICMP() / b"x")
    for n in range(50):  # teardrop: the second fragment lies inside the first
        send(ip(id=n, flags="MF", proto=17) / Raw(bytes(36)))
        send(ip(id=n, frag=3, proto=17) / Raw(bytes(4)))
    for n in range(50):  # overlaps with other content, and one that begins before the other
        send(ip(id=1000 + n, flags="MF", proto=1) / Raw(b"a" * 64))
        send(ip(id=1000 + n, flags="MF", frag=4, proto=1) / Raw(b"b" * 64))
        send(ip(id=1000 + n, flags="MF", frag=1, proto=1) / Raw(b"c" * 8))
    for n in range(20):  # ping of death
        send(ip(id=2000 + n, flags="MF", proto=1) / ICMP() / bytes(1400))
        send(ip(id=2000 + n, frag=8189, proto=1) / Raw(bytes(1400)))
    for n in range(300):  # first fragments of packets that never come
        send(ip(id=n, flags="MF", proto=17) / Raw(bytes(1400)))
    for n in range(200):  # one packet with a hole between each two fragments
        send(ip(id=3000, flags="MF", frag=2 * n, proto=17) / Raw(bytes(8)))
    whole = bytes(ip() / UDP(sport=5, dport=7) / bytes(40))
    for first in range(256):  # every version and header length
        send(bytes([first]) + whole[1:])
    for n in range(len(whole)):  # every truncation
        send(whole[:n])
    for length in (0, 1, 19, 20, 27, 40, 65535):
        send(ip(len=length) / UDP(sport=5, dport=7) / bytes(40))
        send(ip() / UDP(sport=5, dport=7, len=length) / bytes(40))
    for kind in range(256):  # options
        for length in (0, 3, 255):
            send(with_options(ip, bytes([kind, length, 0, 0])))
    for kind in range(256):  # ICMP of every type, quoting what is not there
        for code in (3,):
            send(ip() / ICMP(type=kind, code=code) / bytes(random.randrange(60)))
            send(ip() / ICMP(type=kind, code=code) / ip(src=netlab, dst=kernel) / TCP(sport=80, dport=5))
    for _ in range(100):
        send(fuzz(ip() / TCP(dport=80)))
        send(fuzz(ip() / UDP(dport=7)))
        send(fuzz(ip() / ICMP()))
        send(ip(proto=random.randrange(256)) / Raw(random.randbytes(random.randrange(60))))
        send(random.randbytes(random.randrange(1, 80)))


def six():
    netlab, kernel = "fd77::2", "fd77::1"

    def ip(**fields):
        return IPv6(**{"src": kernel, "dst": netlab, **fields})

    def piece(n, at, more, data, nh=17):
        return ip() / IPv6ExtHdrFragment(id=n, offset=at, m=more, nh=nh) / Raw(data)

    for port in (7, 9, 80, 81):  # land
        send(ip(src=netlab) / TCP(sport=port, dport=port, flags="S"))
        send(ip(src=netlab) / UDP(sport=port, dport=port) / b"x")
    send(ip(src=netlab) / ICMPv6EchoRequest())
    for bad in ("::", "::1", "ff02::1", "::ffff:10.77.0.1"):
        send(ip(src=bad) / ICMPv6EchoRequest() / b"x")
        send(ip(src=bad) / TCP(sport=1, dport=80, flags="S"))
        send(ip(dst=bad) / ICMPv6EchoRequest() / b"x")
    for n in range(50):  # teardrop and other overlaps (RFC 5722)
        send(piece(n, 0, 1, bytes(40)))
        send(piece(n, 3, 0, bytes(4)))
        send(piece(1000 + n, 0, 1, b"a" * 64, 58))
        send(piece(1000 + n, 4, 1, b"b" * 64, 58))
        send(piece(1000 + n, 1, 1, b"c" * 8, 58))
    for n in range(20):  # beyond the largest packet, and lengths that are no multiple of 8
        send(piece(2000 + n, 0, 1, bytes(1400), 58))
        send(piece(2000 + n, 8189, 0, bytes(1400), 58))
        send(piece(2100 + n, 0, 1, bytes(1401), 58))
    for n in range(300):  # first fragments of packets that never come
        send(piece(n, 0, 1, bytes(1400)))
    for n in range(200):  # one packet with a hole between each two fragments
        send(piece(3000, 2 * n, 1, bytes(8)))
    for n in range(50):  # atomic fragments (RFC 6946), and a first fragment without the whole chain (RFC 7112)
        send(piece(4000 + n, 0, 0, bytes(UDP(sport=5, dport=7) / b"x")))
        send(piece(5000 + n, 0, 1, bytes(8), 60))
    whole = bytes(ip() / UDP(sport=5, dport=7) / bytes(40))
    for first in range(256):
        send(bytes([first]) + whole[1:])
    for n in range(len(whole)):
        send(whole[:n])
    for length in (0, 1, 7, 8, 49, 65535):
        send(ip(plen=length) / UDP(sport=5, dport=7) / bytes(40))
        send(ip() / UDP(sport=5, dport=7, len=length) / bytes(40))
    send(ip() / UDP(sport=5, dport=7, chksum=0) / b"x")
    for header in range(256):
        send(ip(nh=header) / Raw(bytes(40)))
        send(ip(nh=header) / Raw(random.randbytes(40)))
    for kind in range(256):  # options, each with what the two highest bits ask for
        send(ip() / IPv6ExtHdrHopByHop(options=[PadN(otype=kind, optdata=b"x")]) / ICMPv6EchoRequest())
        send(ip() / IPv6ExtHdrDestOpt(options=[PadN(otype=kind, optlen=200, optdata=b"x")]) / ICMPv6EchoRequest())
        send(ip() / IPv6ExtHdrRouting(type=kind, segleft=1, addresses=[netlab]) / ICMPv6EchoRequest())
    chain = ip()
    for _ in range(150):  # a long chain of headers
        chain = chain / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(4))])
    send(chain / ICMPv6EchoRequest())
    send(ip() / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / ICMPv6EchoRequest())
    send(ip() / IPv6ExtHdrDestOpt(options=[Pad1()] * 1000) / ICMPv6EchoRequest())
    for mtu in (0, 1, 1279, 1280, 1 << 31):
        send(ip() / ICMPv6PacketTooBig(mtu=mtu) / ip(src=netlab, dst=kernel) / TCP(sport=80, dport=5))
    for kind in range(256):
        send(ip() / ICMPv6DestUnreach(type=kind, code=random.randrange(8)) / Raw(random.randbytes(random.randrange(60))))
        send(ip() / ICMPv6DestUnreach(type=kind) / ip(src=netlab, dst=kernel) / TCP(sport=80, dport=5))
    for _ in range(100):
        send(fuzz(ip() / TCP(dport=80)))
        send(fuzz(ip() / UDP(dport=7)))
        send(ip(nh=random.randrange(256)) / Raw(random.randbytes(random.randrange(60))))
        send(b"\x60" + random.randbytes(random.randrange(1, 80)))


{4: four, 6: six}[family]()
print(count, "packets")
