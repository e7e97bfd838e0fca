"""
Numbered datagrams over loopback, and an account of each: `traffic.py PORT RATE [apart]` sends RATE a second until its standard input is closed, waits
for those under way, and prints {sent, received, twice, longest}: `longest` is the longest way of one of them, in milliseconds. With `apart`, each is a
connection of its own.
"""
import json
import os
import select
import socket
import struct
import sys
import time

port, rate = int(sys.argv[1]), int(sys.argv[2])
apart = sys.argv[3:] == ["apart"]
FORMAT = struct.Struct("<cxxxIQ")
FORCE = 33  # SO_RCVBUFFORCE

sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.setsockopt(socket.SOL_SOCKET, FORCE, 64 << 20)
sink.bind(("0.0.0.0", port))


def to(number):
    """The same address for all, or another for each, so that no two are one connection."""
    n = number + 1
    return (f"127.{n >> 16 & 0x7F}.{n >> 8 & 0xFF}.{n & 0xFF}" if apart else "127.0.0.1", port)


read, write = os.pipe()
if os.fork() == 0:
    os.close(read)
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.bind(("127.0.0.1", 0))
    sent, start = 0, time.monotonic()
    print("sending", flush=True)
    while not select.select([0], [], [], 0.001)[0]:
        for _ in range(int((time.monotonic() - start) * rate) - sent):
            source.sendto(FORMAT.pack(b"#", sent, time.monotonic_ns()), to(sent))
            sent += 1
    os.write(write, struct.pack("<I", sent))
    os._exit(0)

os.close(write)
seen, twice, longest, total = bytearray(), 0, 0, None
received, quiet = 0, 0
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
# A second copy of any of them would come now.
while select.select([sink], [], [], 0.3)[0]:
    sink.recv(64)
    twice += 1
print(json.dumps({"sent": total, "received": received, "twice": twice, "longest": round(longest / 1e6, 1)}), flush=True)
