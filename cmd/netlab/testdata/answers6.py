"""Asks netlab's host through the TUN what RFC 8200 and RFC 4443 have an answer to, and prints what comes back, a line for each.
Runs in netlab's namespace: answers6.py DEVICE"""

import select
import socket
import sys

from scapy.all import (
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ParamProblem, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, HBHOptUnknown, PadN, Raw, RouterAlert, UDP,
)

wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD))
wire.bind((sys.argv[1], 0))
netlab, kernel = "fd77::2", "fd77::1"
echo = ICMPv6EchoRequest(id=7, seq=1, data=b"x" * 40)


def answer(name, *packets):
    """Sends packets and prints the first answer from netlab to one of them. A last echo request, whose reply comes behind all
    others, tells when there is nothing more to wait for."""
    last = IPv6(src=kernel, dst=netlab) / ICMPv6EchoRequest(id=9, seq=1)
    for p in [*packets, last]:
        wire.sendto(bytes(p), (sys.argv[1], 0x86DD))
    said = "nothing"
    while True:
        if not select.select([wire], [], [], 20)[0]:
            sys.exit("netlab does not answer")
        p = IPv6(wire.recv(65535))
        if p.src != netlab or p.dst != kernel:
            continue
        if ICMPv6EchoReply in p and p[ICMPv6EchoReply].id == 9:
            break
        if said != "nothing":
            continue
        if ICMPv6EchoReply in p:
            said = "echo reply"
        elif ICMPv6ParamProblem in p:
            said = "parameter problem %d at %d" % (p[ICMPv6ParamProblem].code, p[ICMPv6ParamProblem].ptr)
            if bytes(p)[48:] != bytes(packets[0])[:1232]:
                said += ", of another packet"
    print(name + ": " + said, flush=True)


def ip(**fields):
    return IPv6(**{"src": kernel, "dst": netlab, **fields})


def options(kind):
    return IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=kind, optdata=b"abcd")])


def pieces(payload, *spans):
    octets = bytes(payload)
    return [
        ip() / IPv6ExtHdrFragment(nh=58, id=0x1234 + len(octets), offset=a // 8, m=int(m)) / Raw(octets[a:b]) for a, b, m in spans
    ]


# The checksum is that of the packet without extension headers.
whole = bytes(ip() / echo)[40:]
message = Raw(whole)

answer("padding", ip() / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")], nh=58) / message)
answer("router alert", ip() / IPv6ExtHdrHopByHop(options=[RouterAlert()], nh=58) / message)
answer("option to skip", ip() / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x1E, optdata=b"abcd")], nh=58) / message)
answer("option to discard", ip() / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x5E, optdata=b"abcd")], nh=58) / message)
answer("option to report", ip() / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x9E, optdata=b"abcd")], nh=58) / message)
answer("unknown next header", ip(nh=253) / Raw(b"?" * 8))
answer("unknown behind options", ip() / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")], nh=253) / Raw(b"?" * 8))
answer("routing header 0", ip() / IPv6ExtHdrRouting(type=0, segleft=1, addresses=[kernel], nh=58) / message)
answer("routing header at its end", ip() / IPv6ExtHdrRouting(type=0, segleft=0, addresses=[kernel], nh=58) / message)
answer("no next header", ip(nh=59) / Raw(whole))
answer("atomic fragment", *pieces(whole, (0, len(whole), False)))
answer("fragments", *pieces(whole, (0, 24, True), (24, len(whole), False)))
answer("fragments backwards", *pieces(whole, (24, len(whole), False), (0, 24, True)))
answer("fragments that overlap", *pieces(whole, (0, 24, True), (16, len(whole), False)))
answer("rest of those that overlap", *pieces(whole, (24, len(whole), False), (0, 24, True)))
answer("length not of 8", ip() / IPv6ExtHdrFragment(nh=58, id=1, m=1) / Raw(whole[:21]))
answer("beyond 65535", ip() / IPv6ExtHdrFragment(nh=58, id=2, offset=8191, m=0) / Raw(whole))
answer("headers cut up", ip() / IPv6ExtHdrFragment(nh=60, id=3, m=1) / Raw(b"\x3a\x01\x01\x0c\0\0\0\0"))
