// Netlink messages by hand: what the reference programs share.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline uint16_t host16(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, 2);
  return v;
}
static inline uint32_t host32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}
static inline uint32_t big32(const uint8_t *p) { return ntohl(host32(p)); }
static inline uint64_t big64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return be64toh(v);
}

static inline size_t aligned(size_t n) { return (n + 3) & ~(size_t)3; }

// Two headers; returns where attributes go. The length is set by finish().
static inline size_t start(uint8_t *b, int subsystem, int type, int flags, int family, int resource) {
  memset(b, 0, 20);
  *(uint16_t *)(b + 4) = subsystem << 8 | type;
  *(uint16_t *)(b + 6) = flags;
  b[16] = family;
  *(uint16_t *)(b + 18) = htons(resource);
  return 20;
}
static inline size_t put(uint8_t *b, size_t at, int type, const void *data, size_t length) {
  *(uint16_t *)(b + at) = length + 4;
  *(uint16_t *)(b + at + 2) = type;
  memset(b + at + 4 + length, 0, aligned(length) - length);
  memcpy(b + at + 4, data, length);
  return at + 4 + aligned(length);
}
static inline size_t put_be32(uint8_t *b, size_t at, int type, uint32_t value) {
  value = htonl(value);
  return put(b, at, type, &value, 4);
}
static inline size_t finish(uint8_t *b, size_t length) {
  *(uint32_t *)b = length;
  return length;
}

// `key=value` among the arguments.
static inline const char *text_option(char **argv, const char *key, const char *otherwise) {
  size_t n = strlen(key);
  for (; *argv; argv++)
    if (!strncmp(*argv, key, n) && (*argv)[n] == '=') return *argv + n + 1;
  return otherwise;
}
static inline long option(char **argv, const char *key, long otherwise) {
  const char *text = text_option(argv, key, NULL);
  return text ? strtol(text, NULL, 0) : otherwise;
}

static inline int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static inline double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}
