"""One netfilter netlink socket: reads requests as lines of hexadecimal, prints what the kernel answers to each, then an empty line."""
import select, socket, sys

NETLINK_NETFILTER, SOL_NETLINK, NETLINK_EXT_ACK = 12, 270, 11
kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
kernel.bind((0, 0))
kernel.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
for line in sys.stdin:
    kernel.send(bytes.fromhex(line))
    while select.select([kernel], [], [], 0)[0]:
        print(kernel.recv(1 << 17).hex())
    print(flush=True)
