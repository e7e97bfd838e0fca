"""Sockets a Node program cannot open: raw ones that send whole packets, and netlink ones below the transport.

One request per line on standard input, one answer per line on standard output, both JSON. Whoever starts this chooses its network
namespace and its privileges. A send has happened, with all its effects in the kernel, when its answer comes.
"""
import errno
import json
import select
import socket
import struct
import sys

SO_MARK, SO_PRIORITY, SO_RCVMARK, SO_SNDBUFFORCE, SO_RCVBUFFORCE = 36, 12, 75, 32, 33
NETLINK_NETFILTER, SOL_NETLINK = 12, 270
UDP_SEGMENT = 103
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
OWN = (1, 64, 255)  # times to live of what the kernel itself sends
TTL = 61  # the rules drop what the kernel itself answers to our packets, which has another


def option(sock, name, value):
    sock.setsockopt(socket.SOL_SOCKET, name, value)


def enlarge(sock, forced, ordinary, size):
    try:
        option(sock, forced, size)
    except PermissionError:  # in a user namespace
        option(sock, ordinary, size)


def transmitter(version):
    sock = socket.socket(FAMILY[version], socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_RAW)
    enlarge(sock, SO_SNDBUFFORCE, socket.SO_SNDBUF, 64 << 20)
    return sock


transmitters, datagrams, frames, receivers, programs, netlinks = {}, {}, {}, [], [], {}


def prepare(sock, request):
    option(sock, SO_MARK, request.get("mark", 0))
    option(sock, SO_PRIORITY, request.get("priority", 0))


def emit(request):
    """Send whole packets, as often as asked."""
    version = request["version"]
    sock = transmitters.get(version) or transmitters.setdefault(version, transmitter(version))
    prepare(sock, request)
    packets = [bytes.fromhex(packet) for packet in request["packets"]]
    return transmit(lambda packet: sock.sendto(packet, (request["to"], 0)), packets)


def transmit(send, packets):
    sent = 0
    try:
        for packet in packets:
            send(packet)
            sent += 1
    except OSError as error:
        return {"sent": sent, "error": errno.errorcode.get(error.errno, str(error.errno))}
    return {"sent": sent}


def udp(request):
    """Send UDP payloads through an ordinary socket, made for the source port and kept."""
    version, port = request["version"], request["from"][1]
    key = (version, port)
    if key not in datagrams:
        sock = socket.socket(FAMILY[version], socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        ttl = (socket.IPPROTO_IP, socket.IP_TTL) if version == 4 else (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
        sock.setsockopt(*ttl, TTL)
        sock.bind(tuple(request["from"]))
        datagrams[key] = sock
    sock = datagrams[key]
    prepare(sock, request)
    sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, request.get("segment", 0))
    payloads = [bytes.fromhex(payload) for payload in request["payloads"]]
    return transmit(lambda payload: sock.sendto(payload, tuple(request["to"])), payloads)


def frame(request):
    """Send whole packets as Ethernet frames over an interface."""
    device = request["device"]
    if device not in frames:
        frames[device] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        frames[device].bind((device, 0))
    kind = b"\x08\x00" if request["version"] == 4 else b"\x86\xdd"
    tag = struct.pack("!HH", 0x8100, request["vlan"]) if "vlan" in request else b""
    header = bytes.fromhex(request["to"] + request["from"]) + tag + kind
    return transmit(lambda packet: frames[device].send(header + packet), [bytes.fromhex(packet) for packet in request["packets"]])


def tap(request):
    """Collect what comes out of an interface, too."""
    for version, kind in ((4, 0x0800), (6, 0x86DD)):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(kind))
        sock.bind((request["device"], kind))
        option(sock, SO_RCVMARK, 1)
        receivers.append((version, None, sock))
    return {}


def listen(request):
    """Start to collect what reaches this machine, of the given IP protocols."""
    for version, sock_family in FAMILY.items():
        for protocol in request["protocols"][str(version)]:
            sock = socket.socket(sock_family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
            enlarge(sock, SO_RCVBUFFORCE, socket.SO_RCVBUF, 8 << 20)
            option(sock, SO_RCVMARK, 1)
            receivers.append((version, protocol, sock))
    return {}


def arrived(request):
    """What was collected: as soon as there are as many as expected, else all there are when the time is over."""
    packets, expected = [], request["expected"]
    poll = select.poll()
    for _, _, sock in receivers:
        poll.register(sock, select.POLLIN)
    while poll.poll(request["milliseconds"]):
        packets += [packet for version, protocol, sock in receivers for packet in drain(version, protocol, sock)]
        if 0 < expected <= len(packets):
            break
    return {"packets": packets}


def drain(version, protocol, sock):
    while True:
        try:
            data, ancillary, _, _ = sock.recvmsg(70000, 256)
        except BlockingIOError:
            return
        marks = [struct.unpack("I", value)[0] for level, kind, value in ancillary if (level, kind) == (1, SO_MARK)]
        header = (data[0] & 15) * 4 if version == 4 else 0 if protocol else 40
        if protocol is None and data[8 if version == 4 else 7] in OWN or version == 4 and data[8] in OWN:
            continue
        yield {
            "version": version,
            "protocol": protocol or data[9 if version == 4 else 6],
            "header": data[:header].hex() if version == 4 else "",
            "transport": data[header:].hex(),
            "mark": marks[0] if marks else 0,
        }


def program(request):
    """A socket of TCP or UDP that is bound: it listens, or is connected where it has a remote end."""
    version, tcp = request["version"], request["protocol"] == "tcp"
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    sock = socket.socket(FAMILY[version], kind | socket.SOCK_NONBLOCK)
    programs.append(sock)
    option(sock, socket.SO_REUSEADDR, 1)
    option(sock, SO_MARK, request.get("mark", 0))
    if version == 6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, request.get("ipv6Only", False))
    if "device" in request:
        option(sock, socket.SO_BINDTODEVICE, request["device"].encode())
    sock.bind(tuple(request["local"]))
    if "remote" in request:
        sock.connect(tuple(request["remote"]))
    elif tcp:
        sock.listen()
    return {}


def netlink(_):
    """Open a netlink socket, unbound."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_NETFILTER)
    netlinks[sock.fileno()] = sock
    return {"socket": sock.fileno()}


def bind(request):
    netlinks[request["socket"]].bind((request["port"], request["groups"]))
    return {}


def port(request):
    return {"port": netlinks[request["socket"]].getsockname()[0]}


def join(request):
    netlinks[request["socket"]].setsockopt(SOL_NETLINK, 1, request["group"])
    return {}


def shrink(request):
    """Ask for a receive buffer; tell what it is then."""
    sock = netlinks[request["socket"]]
    option(sock, socket.SO_RCVBUF, request["bytes"])
    return {"value": sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)}


def send(request):
    return {"sent": netlinks[request["socket"]].sendto(bytes.fromhex(request["bytes"]), (request["to"], 0))}


def receive(request):
    data, _, flags, (sender, groups) = netlinks[request["socket"]].recvmsg(request["size"])
    return {"bytes": data.hex(), "truncated": bool(flags & socket.MSG_TRUNC), "from": sender, "groups": groups}


def poll(request):
    waiting = select.poll()
    waiting.register(netlinks[request["socket"]], select.POLLIN)
    events = waiting.poll(0)
    return {"value": events[0][1] if events else 0}


def duplicate(request):
    sock = netlinks[request["socket"]].dup()
    netlinks[sock.fileno()] = sock
    return {"socket": sock.fileno()}


def close(request):
    netlinks.pop(request["socket"]).close()
    return {}


def reset(_):
    """Close what a scenario opened, and forget what arrived."""
    for sock in [*netlinks.values(), *datagrams.values(), *programs]:
        sock.close()
    netlinks.clear()
    datagrams.clear()
    programs.clear()
    arrived({"expected": 0, "milliseconds": 0})
    return {}


operations = [emit, udp, frame, tap, listen, arrived, program, netlink, bind, port, join, shrink, send, receive, poll, duplicate, close, reset]
known = {operation.__name__: operation for operation in operations}
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = known[request["do"]](request)
    except OSError as error:
        answer = {"error": errno.errorcode.get(error.errno, str(error.errno))}
    print(json.dumps(answer), flush=True)
