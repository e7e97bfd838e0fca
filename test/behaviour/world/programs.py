"""Sockets of TCP and UDP, as programs have them.

One request per line on standard input, one answer per line on standard output, both JSON. Whoever starts this chooses its network namespace.
"""
import errno
import json
import socket
import struct
import sys

PATIENCE = 10
TTL = 61  # the rules drop what the kernel itself sends, which has another
ABORT = struct.pack("ii", 1, 0)
SO_MARK = getattr(socket, "SO_MARK", 36)

opened = {}


def kept(sock):
    sock.settimeout(PATIENCE)
    opened[sock.fileno()] = sock
    return {"socket": sock.fileno()}


def bound(kind, request):
    local = tuple(request["local"])
    sock = socket.socket(socket.AF_INET6 if ":" in local[0] else socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, TTL)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, TTL)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(request.get("ipv6Only", False)))
    if request.get("mark"):
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, request["mark"])
    if request.get("device"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, request["device"].encode())
    sock.bind(local)
    sock.settimeout(PATIENCE)
    if "remote" in request:
        sock.connect(tuple(request["remote"]))
    return sock


def listen(request):
    sock = bound(socket.SOCK_STREAM, request)
    sock.listen()
    return kept(sock)


def connect(request):
    return kept(bound(socket.SOCK_STREAM, request))


def accept(request):
    return kept(opened[request["socket"]].accept()[0])


def bind(request):
    return kept(bound(socket.SOCK_DGRAM, request))


def finish(request):
    """Close it in order: its end may remain for a while."""
    opened.pop(request["socket"]).close()
    return {}


def close(request):
    """Close it so that nothing remains."""
    sock = opened[request["socket"]]
    if sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    return finish(request)


def reset(_):
    for number in list(opened):
        close({"socket": number})
    return {}


known = {operation.__name__: operation for operation in [listen, connect, accept, bind, finish, close, reset]}
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = known[request["do"]](request)
    except OSError as error:
        answer = {"error": errno.errorcode.get(error.errno, str(error))}
    print(json.dumps(answer), flush=True)
