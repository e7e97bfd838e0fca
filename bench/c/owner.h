// Which socket sends from one end to another: the exact question to sock_diag, for TCP over IPv4.
#pragma once
#include "netfilter.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

struct question {
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
};

// Addresses and ports in network order.
static inline struct question question_of(uint32_t source, uint32_t destination, uint16_t sport, uint16_t dport) {
  struct question ask = {{sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0}, {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP}};
  ask.body.id = (struct inet_diag_sockid){.idiag_sport = sport, .idiag_dport = dport, .idiag_cookie = {~0u, ~0u}};
  ask.body.id.idiag_src[0] = source;
  ask.body.id.idiag_dst[0] = destination;
  return ask;
}

static inline int sock_diag(void) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  if (fd < 0) die("sock_diag");
  return fd;
}

// Returns the socket's inode; 0 where there is none, or no program has it.
static inline uint32_t owner_of(int fd, struct question *ask) {
  uint8_t answer[4096];
  ask->header.nlmsg_seq++;
  if (sendto(fd, ask, sizeof *ask, 0, (const void *)&kernel, sizeof kernel) < 0) die("sendto");
  if (recv(fd, answer, sizeof answer, 0) < 88) return 0;
  return host16(answer + 4) == SOCK_DIAG_BY_FAMILY ? host32(answer + 16 + 68) : 0;
}
