"""Sends packets with marks of their own: lines of MARK FORM TARGET BYTES, bytes in hexadecimal.

FORM is `raw` for IP packets that routing takes to TARGET, an address; `udp` for what a socket says to TARGET, ADDRESS:PORT; and `frame` for an
Ethernet frame that leaves by TARGET, an interface.
"""
import socket
import sys

SO_MARK = 36


def opened(form, v6):
    if form == "frame":
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    family = socket.AF_INET6 if v6 else socket.AF_INET
    if form == "udp":
        return socket.socket(family, socket.SOCK_DGRAM)
    return socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)


for line in sys.stdin:
    mark, form, target, data = line.split()
    s = opened(form, form == "raw" and ":" in target)
    s.setsockopt(socket.SOL_SOCKET, SO_MARK, int(mark))
    if form == "udp":
        address, port = target.rsplit(":", 1)
        to = (address, int(port))
    else:
        to = (target, 0)
    try:
        s.sendto(bytes.fromhex(data), to)
    except PermissionError:
        # Rules have dropped it while it was sent.
        pass
    s.close()
