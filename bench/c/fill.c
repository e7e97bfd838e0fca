// fill COUNT V6_PERCENT: so many connections, half TCP and half UDP, in the conntrack table of the current network namespace.
#include "netfilter.h"

enum { together = 128, room = 512 };

static size_t open_nest(uint8_t *b, size_t at, int type) {
  *(uint16_t *)(b + at + 2) = type | NLA_F_NESTED;
  return at + 4;
}
static void close_nest(uint8_t *b, size_t from, size_t to) { *(uint16_t *)(b + from) = to - from; }

struct end {
  uint32_t address;
  uint16_t port;
};

static size_t put_address(uint8_t *b, size_t at, int v6, int type4, int type6, uint32_t address) {
  uint8_t long_form[16] = {0x20, 0x01, 0x0d, 0xb8};
  const uint32_t big = htonl(address);
  memcpy(long_form + 12, &big, 4);
  return v6 ? put(b, at, type6, long_form, 16) : put(b, at, type4, &big, 4);
}
static size_t put_tuple(uint8_t *b, size_t at, int which, int v6, uint8_t protocol, struct end from, struct end to) {
  const size_t tuple = at, ip = at = open_nest(b, at, which);
  at = open_nest(b, at, CTA_TUPLE_IP);
  at = put_address(b, at, v6, CTA_IP_V4_SRC, CTA_IP_V6_SRC, from.address);
  at = put_address(b, at, v6, CTA_IP_V4_DST, CTA_IP_V6_DST, to.address);
  close_nest(b, ip, at);
  const size_t proto = at;
  const uint16_t source = htons(from.port), destination = htons(to.port);
  at = open_nest(b, at, CTA_TUPLE_PROTO);
  at = put(b, at, CTA_PROTO_NUM, &protocol, 1);
  at = put(b, at, CTA_PROTO_SRC_PORT, &source, 2);
  at = put(b, at, CTA_PROTO_DST_PORT, &destination, 2);
  close_nest(b, proto, at);
  close_nest(b, tuple, at);
  return at;
}
static size_t put_flow(uint8_t *b, int i, int v6, int flags) {
  const int tcp = i & 1;
  const struct end client = {0x0a000000 + (i >> 4), 1024 + i % 60000}, server = {0xc0a80000 + (i & 0xff), tcp ? 443 : 53};
  size_t at = start(b, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, flags, v6 ? AF_INET6 : AF_INET, 0);
  at = put_tuple(b, at, CTA_TUPLE_ORIG, v6, tcp ? 6 : 17, client, server);
  at = put_tuple(b, at, CTA_TUPLE_REPLY, v6, tcp ? 6 : 17, server, client);
  at = put_be32(b, at, CTA_STATUS, 0xe); // seen reply, assured, confirmed
  at = put_be32(b, at, CTA_TIMEOUT, 86400);
  at = put_be32(b, at, CTA_MARK, i + 1);
  if (tcp) {
    const uint8_t established = 3;
    const size_t info = at, inner = at = open_nest(b, at, CTA_PROTOINFO);
    at = open_nest(b, at, CTA_PROTOINFO_TCP);
    at = put(b, at, CTA_PROTOINFO_TCP_STATE, &established, 1);
    close_nest(b, inner, at);
    close_nest(b, info, at);
  }
  return finish(b, at);
}

int main(int argc, char **argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 1000, v6_percent = argc > 2 ? atoi(argv[2]) : 0, buffer = 1 << 20;
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  static uint8_t b[together * room], answer[8192];
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  for (int i = 0; i < count;) {
    size_t used = 0;
    for (int n = 0; n < together && i < count; n++, i++) {
      const int last = n == together - 1 || i == count - 1;
      used += put_flow(b + used, i, i * 7919u % 100 < (unsigned)v6_percent, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | (last ? NLM_F_ACK : 0));
    }
    if (sendto(fd, b, used, 0, (const void *)&kernel, sizeof kernel) < 0) die("sendto");
    if (recv(fd, answer, sizeof answer, 0) < 0) die("recv");
    errno = -*(int *)(answer + 16);
    if (errno) die("create");
  }
  printf("{\"created\":%d}\n", count);
  return 0;
}
