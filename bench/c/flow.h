// One connection, decoded by hand and through libmnl: what every reference dump looks at.
#pragma once
#include "netfilter.h"

#include <libmnl/libmnl.h>

struct tuple {
  uint8_t source[16], destination[16], protocol;
  uint16_t source_port, destination_port;
};
struct flow {
  uint8_t family, tcp_state;
  uint32_t id, status, timeout, mark, use;
  struct tuple original, reply;
  uint64_t original_packets, original_bytes, reply_packets, reply_bytes;
};

static inline uint64_t flow_digest(const struct flow *f) {
  return f->id ^ f->status ^ f->timeout ^ f->mark ^ f->use ^ f->original.source_port ^ f->original.destination_port ^
         f->reply.source_port ^ f->original.source[3] ^ f->reply.destination[3] ^ f->original_packets ^ f->reply_bytes ^
         f->tcp_state;
}

struct attribute {
  uint16_t type;
  const uint8_t *data;
  uint32_t length;
};
static inline int next(const uint8_t **p, const uint8_t *end, struct attribute *a) {
  if (*p + 4 > end) return 0;
  const uint16_t size = host16(*p);
  if (size < 4 || *p + size > end) return 0;
  *a = (struct attribute){host16(*p + 2) & NLA_TYPE_MASK, *p + 4, size - 4};
  *p += aligned(size);
  return 1;
}

static inline void hand_addresses(struct attribute of, struct tuple *t) {
  struct attribute a;
  for (const uint8_t *p = of.data; next(&p, of.data + of.length, &a);) switch (a.type) {
      case CTA_IP_V4_SRC: memcpy(t->source, a.data, 4); break;
      case CTA_IP_V4_DST: memcpy(t->destination, a.data, 4); break;
      case CTA_IP_V6_SRC: memcpy(t->source, a.data, 16); break;
      case CTA_IP_V6_DST: memcpy(t->destination, a.data, 16); break;
    }
}
static inline void hand_ports(struct attribute of, struct tuple *t) {
  struct attribute a;
  for (const uint8_t *p = of.data; next(&p, of.data + of.length, &a);) switch (a.type) {
      case CTA_PROTO_NUM: t->protocol = a.data[0]; break;
      case CTA_PROTO_SRC_PORT: t->source_port = a.data[0] << 8 | a.data[1]; break;
      case CTA_PROTO_DST_PORT: t->destination_port = a.data[0] << 8 | a.data[1]; break;
    }
}
static inline void hand_tuple(struct attribute of, struct tuple *t) {
  struct attribute a;
  for (const uint8_t *p = of.data; next(&p, of.data + of.length, &a);)
    if (a.type == CTA_TUPLE_IP) hand_addresses(a, t);
    else if (a.type == CTA_TUPLE_PROTO) hand_ports(a, t);
}
static inline void hand_counters(struct attribute of, uint64_t *packets, uint64_t *bytes) {
  struct attribute a;
  for (const uint8_t *p = of.data; next(&p, of.data + of.length, &a);)
    if (a.type == CTA_COUNTERS_PACKETS) *packets = big64(a.data);
    else if (a.type == CTA_COUNTERS_BYTES) *bytes = big64(a.data);
}
static inline void hand_protocol(struct attribute of, struct flow *f) {
  struct attribute a, b;
  for (const uint8_t *p = of.data; next(&p, of.data + of.length, &a);)
    if (a.type == CTA_PROTOINFO_TCP)
      for (const uint8_t *q = a.data; next(&q, a.data + a.length, &b);)
        if (b.type == CTA_PROTOINFO_TCP_STATE) f->tcp_state = b.data[0];
}
static inline void by_hand(const uint8_t *message, struct flow *f) {
  struct attribute a;
  memset(f, 0, sizeof *f);
  f->family = message[16];
  for (const uint8_t *p = message + 20; next(&p, message + host32(message), &a);) switch (a.type) {
      case CTA_TUPLE_ORIG: hand_tuple(a, &f->original); break;
      case CTA_TUPLE_REPLY: hand_tuple(a, &f->reply); break;
      case CTA_STATUS: f->status = big32(a.data); break;
      case CTA_TIMEOUT: f->timeout = big32(a.data); break;
      case CTA_MARK: f->mark = big32(a.data); break;
      case CTA_USE: f->use = big32(a.data); break;
      case CTA_ID: f->id = big32(a.data); break;
      case CTA_PROTOINFO: hand_protocol(a, f); break;
      case CTA_COUNTERS_ORIG: hand_counters(a, &f->original_packets, &f->original_bytes); break;
      case CTA_COUNTERS_REPLY: hand_counters(a, &f->reply_packets, &f->reply_bytes); break;
    }
}

typedef const struct nlattr *row[CTA_MAX + 1];

static inline int keep(const struct nlattr *a, void *rows) {
  if (mnl_attr_type_valid(a, CTA_MAX) < 0) return MNL_CB_OK;
  ((const struct nlattr **)rows)[mnl_attr_get_type(a)] = a;
  return MNL_CB_OK;
}
static inline void nested(const struct nlattr *a, const struct nlattr **rows) {
  memset(rows, 0, sizeof(row));
  if (a) mnl_attr_parse_nested(a, keep, rows);
}
static inline uint32_t mnl_be32(const struct nlattr *a) { return a ? ntohl(mnl_attr_get_u32(a)) : 0; }
static inline uint64_t mnl_be64(const struct nlattr *a) { return a ? be64toh(mnl_attr_get_u64(a)) : 0; }
static inline void mnl_copy(const struct nlattr *a, void *to, size_t n) {
  if (a) memcpy(to, mnl_attr_get_payload(a), n);
}
static inline void mnl_tuple(const struct nlattr *a, struct tuple *t) {
  row parts, ip, proto;
  nested(a, parts);
  nested(parts[CTA_TUPLE_IP], ip);
  nested(parts[CTA_TUPLE_PROTO], proto);
  mnl_copy(ip[CTA_IP_V4_SRC], t->source, 4);
  mnl_copy(ip[CTA_IP_V4_DST], t->destination, 4);
  mnl_copy(ip[CTA_IP_V6_SRC], t->source, 16);
  mnl_copy(ip[CTA_IP_V6_DST], t->destination, 16);
  if (proto[CTA_PROTO_NUM]) t->protocol = mnl_attr_get_u8(proto[CTA_PROTO_NUM]);
  if (proto[CTA_PROTO_SRC_PORT]) t->source_port = ntohs(mnl_attr_get_u16(proto[CTA_PROTO_SRC_PORT]));
  if (proto[CTA_PROTO_DST_PORT]) t->destination_port = ntohs(mnl_attr_get_u16(proto[CTA_PROTO_DST_PORT]));
}
static inline void by_libmnl(const struct nlmsghdr *message, struct flow *f) {
  row a = {0}, counters, info, tcp;
  const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
  memset(f, 0, sizeof *f);
  f->family = header->nfgen_family;
  mnl_attr_parse(message, sizeof *header, keep, a);
  mnl_tuple(a[CTA_TUPLE_ORIG], &f->original);
  mnl_tuple(a[CTA_TUPLE_REPLY], &f->reply);
  f->status = mnl_be32(a[CTA_STATUS]);
  f->timeout = mnl_be32(a[CTA_TIMEOUT]);
  f->mark = mnl_be32(a[CTA_MARK]);
  f->use = mnl_be32(a[CTA_USE]);
  f->id = mnl_be32(a[CTA_ID]);
  if (a[CTA_PROTOINFO]) {
    nested(a[CTA_PROTOINFO], info);
    nested(info[CTA_PROTOINFO_TCP], tcp);
    if (tcp[CTA_PROTOINFO_TCP_STATE]) f->tcp_state = mnl_attr_get_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
  }
  nested(a[CTA_COUNTERS_ORIG], counters);
  f->original_packets = mnl_be64(counters[CTA_COUNTERS_PACKETS]);
  f->original_bytes = mnl_be64(counters[CTA_COUNTERS_BYTES]);
  nested(a[CTA_COUNTERS_REPLY], counters);
  f->reply_packets = mnl_be64(counters[CTA_COUNTERS_PACKETS]);
  f->reply_bytes = mnl_be64(counters[CTA_COUNTERS_BYTES]);
}
