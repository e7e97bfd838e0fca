"""Talks TCP through a raw socket, segment by segment: raw-client.py HOST PORT FIRST < conversations as JSON, each from a port of its own.

A conversation is a list of segments: where the data stands, the data in hexadecimal, flags, what is acknowledged (counted from the first
byte of the other end), the urgent pointer, whether the checksum is to be wrong, and the size of the fragments it comes in, the last one
first; 0 for a whole packet. Before it comes the handshake, after it the end. In every second one each segment is acknowledged before the next, as
a host does with the first of a connection.
"""
import json, socket, struct, sys, time

own, host, port, first_port = '127.0.0.5', sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.bind((own, 0))
# A machine that has much to do answers late.
raw.settimeout(30)
whole = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
identification = 0
for one in raw, whole:
    # Told apart by it from what the kernel itself says about packets nobody here asked for.
    one.setsockopt(socket.SOL_SOCKET, 36, 7)


def total(data):
    if len(data) % 2:
        data += b'\0'
    words = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while words >> 16:
        words = (words & 0xffff) + (words >> 16)
    return words


def send_fragments(segment, size):
    global identification
    identification += 1
    for at in reversed(range(0, len(segment), size)):
        part = segment[at:at + size]
        more = 0x2000 if at + size < len(segment) else 0
        header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(part), identification, more | at // 8, 64, 6, 0)
        whole.sendto(header + socket.inet_aton(own) + socket.inet_aton(host) + part, (host, 0))


def send(source, sequence, acknowledgment, flags, data=b'', urgent=0, wrong=False, size=0):
    header = struct.pack('!HHIIBBHHH', source, port, sequence & 0xffffffff, acknowledgment & 0xffffffff, 0x50, flags, 0xffff, 0, urgent)
    pseudo = socket.inet_aton(own) + socket.inet_aton(host) + struct.pack('!BBH', 0, 6, len(header) + len(data))
    checksum = ~total(pseudo + header + data) & 0xffff
    if wrong:
        checksum ^= 0x5555
    segment = header[:16] + struct.pack('!H', checksum) + header[18:] + data
    if size == 0:
        raw.sendto(segment, (host, 0))
    else:
        send_fragments(segment, size)


def answer(source, deadline):
    while time.monotonic() < deadline:
        packet = raw.recv(65535)
        segment = packet[(packet[0] & 15) * 4:]
        from_port, to_port, sequence = struct.unpack('!HHI', segment[:8])
        if from_port == port and to_port == source and segment[13] & 0x12 == 0x12:
            return sequence + 1
    raise TimeoutError('no answer to port %d' % source)


for number, conversation in enumerate(json.load(sys.stdin)):
    source, first = first_port + number, 1000
    send(source, first - 1, 0, 0x02)
    other = answer(source, time.monotonic() + 30)
    send(source, first, other, 0x10)
    for at, data, flags, acknowledges, urgent, wrong, size in conversation:
        send(source, first + at, other + acknowledges, flags, bytes.fromhex(data), urgent, wrong, size)
        if number % 2 == 0:
            time.sleep(0.003)
    time.sleep(0.01)
    send(source, first + conversation[-1][0] + len(conversation[-1][1]) // 2, other, 0x11)
    time.sleep(0.01)
