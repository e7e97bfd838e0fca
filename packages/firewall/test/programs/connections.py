"""
Connections over loopback, one numbered datagram each, and an account of them: `connections.py PORT RATE` opens RATE a second until its standard input is closed,
waits for those under way, and prints {sent, received, twice, longest}: `longest` is the longest way of one of them, in milliseconds.
"""
import json
import os
import select
import socket
import struct
import sys
import time

port, rate = int(sys.argv[1]), int(sys.argv[2])
FORMAT = struct.Struct("<cxxxIQ")
FORCE = 33  # SO_RCVBUFFORCE

sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.setsockopt(socket.SOL_SOCKET, FORCE, 64 << 20)
sink.bind(("0.0.0.0", port))


def to(number):
    """Another address for each, so that no two are one connection."""
    return (f"127.{number >> 16 & 0x7F}.{number >> 8 & 0xFF}.{number & 0xFF}", port)


read, write = os.pipe()
if os.fork() == 0:
    os.close(read)
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.bind(("127.0.0.1", 0))
    sent, start = 1, time.monotonic()
    print("sending", flush=True)
    while not select.select([0], [], [], 0.001)[0]:
        for _ in range(int((time.monotonic() - start) * rate) + 1 - sent):
            source.sendto(FORMAT.pack(b"#", sent, time.monotonic_ns()), to(sent))
            sent += 1
    os.write(write, struct.pack("<I", sent))
    os._exit(0)

os.close(write)
seen, twice, longest, total = bytearray(1), 0, 0, None
received, quiet = 1, 0
while total is None or (received < total and quiet < 100):
    ready = select.select([sink] if total is not None else [sink, read], [], [], 0.1)[0]
    quiet = 0 if ready else quiet + 1
    if read in ready:
        (total,) = struct.unpack("<I", os.read(read, 4))
    if sink in ready:
        _, number, at = FORMAT.unpack(sink.recv(64))
        longest = max(longest, time.monotonic_ns() - at)
        if number >= len(seen):
            seen.extend(bytes(number - len(seen) + 100_000))
        twice += seen[number]
        received += 1 - seen[number]
        seen[number] = 1
print(json.dumps({"sent": total - 1, "received": received - 1, "twice": twice, "longest": round(longest / 1e6, 1)}), flush=True)
