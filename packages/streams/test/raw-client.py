"""Talks TCP through a raw socket, segment by segment: raw-client.py HOST PORT FIRST < conversations as JSON, each from a port of its own.

A conversation is a list of segments: where the data stands, the data in hexadecimal, flags, what is acknowledged (counted from the first
byte of the other end), the urgent pointer, and whether the checksum is to be wrong. Before it comes the handshake, after it the end.
"""
import json, socket, struct, sys, time

own, host, port, first_port = '127.0.0.5', sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.bind((own, 0))
raw.settimeout(5)


def total(data):
    if len(data) % 2:
        data += b'\0'
    words = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while words >> 16:
        words = (words & 0xffff) + (words >> 16)
    return words


def send(source, sequence, acknowledgment, flags, data=b'', urgent=0, wrong=False):
    header = struct.pack('!HHIIBBHHH', source, port, sequence & 0xffffffff, acknowledgment & 0xffffffff, 0x50, flags, 0xffff, 0, urgent)
    pseudo = socket.inet_aton(own) + socket.inet_aton(host) + struct.pack('!BBH', 0, 6, len(header) + len(data))
    checksum = ~total(pseudo + header + data) & 0xffff
    if wrong:
        checksum ^= 0x5555
    raw.sendto(header[:16] + struct.pack('!H', checksum) + header[18:] + data, (host, 0))


def answer(source):
    while True:
        packet = raw.recv(65535)
        segment = packet[(packet[0] & 15) * 4:]
        from_port, to_port, sequence = struct.unpack('!HHI', segment[:8])
        if from_port == port and to_port == source and segment[13] & 0x12 == 0x12:
            return sequence + 1


for number, conversation in enumerate(json.load(sys.stdin)):
    source, first = first_port + number, 1000
    send(source, first - 1, 0, 0x02)
    other = answer(source)
    send(source, first, other, 0x10)
    for at, data, flags, acknowledges, urgent, wrong in conversation:
        send(source, first + at, other + acknowledges, flags, bytes.fromhex(data), urgent, wrong)
    time.sleep(0.01)
    send(source, first + conversation[-1][0] + len(conversation[-1][1]) // 2, other, 0x11)
    time.sleep(0.01)
