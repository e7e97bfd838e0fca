# The same with NetfilterQueue and scapy.
#   python3 examples/side-by-side/netfilterqueue.py
from scapy.layers.inet import IP, TCP


def judge(packet):
    ip = IP(packet.get_payload())
    if ip.haslayer(TCP) and ip[TCP].dport == 23:
        packet.drop()
        return
    if ip.ttl != 64:
        ip.ttl = 64
        del ip.chksum  # scapy computes what is missing
        packet.set_payload(bytes(ip))
    packet.accept()


if __name__ == "__main__":
    from netfilterqueue import NetfilterQueue

    queue = NetfilterQueue()
    queue.bind(0, judge, max_len=1024)
    try:
        queue.run()
    except KeyboardInterrupt:
        pass
    queue.unbind()
