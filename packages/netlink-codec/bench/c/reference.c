/*
 * reference packets|flows FILE MESSAGES: how long libmnl takes to read the messages of FILE, one after another, with the length of
 * every attribute validated as libmnl's own examples do. For each line on standard input it reads all messages a few times
 * and prints the nanoseconds of processor time one message took.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile uint64_t sink;

static double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

/* A table of attributes, each validated against the size its type has. */
struct table {
  const struct nlattr **found;
  const uint8_t *sizes; /* least payload by id; 0 for nests and bytes */
  int max;
};

static int keep(const struct nlattr *attr, void *data) {
  struct table *table = data;
  int type = mnl_attr_get_type(attr);
  if (mnl_attr_type_valid(attr, table->max) < 0) return MNL_CB_OK;
  switch (table->sizes[type]) {
    case 0: break;
    case 1: if (mnl_attr_validate(attr, MNL_TYPE_U8) < 0) return MNL_CB_ERROR; break;
    case 2: if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0) return MNL_CB_ERROR; break;
    case 4: if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0) return MNL_CB_ERROR; break;
    case 8: if (mnl_attr_validate(attr, MNL_TYPE_U64) < 0) return MNL_CB_ERROR; break;
    default: if (mnl_attr_validate2(attr, MNL_TYPE_UNSPEC, table->sizes[type]) < 0) return MNL_CB_ERROR; break;
  }
  table->found[type] = attr;
  return MNL_CB_OK;
}

#define TABLE(name, MAX) const struct nlattr *name[MAX + 1] = {0}; struct table name##_table = {name, name##_sizes, MAX}

static const uint8_t packet_sizes[NFQA_MAX + 1] = {
    [NFQA_PACKET_HDR] = sizeof(struct nfqnl_msg_packet_hdr), [NFQA_MARK] = 4, [NFQA_TIMESTAMP] = 16,
    [NFQA_IFINDEX_INDEV] = 4, [NFQA_IFINDEX_OUTDEV] = 4, [NFQA_IFINDEX_PHYSINDEV] = 4, [NFQA_IFINDEX_PHYSOUTDEV] = 4,
    [NFQA_HWADDR] = sizeof(struct nfqnl_msg_packet_hw), [NFQA_CT_INFO] = 4, [NFQA_CAP_LEN] = 4, [NFQA_SKB_INFO] = 4,
    [NFQA_UID] = 4, [NFQA_GID] = 4};

/* Id, mark and length of the payload: what the other side of this benchmark reads. */
static int read_packet(const struct nlmsghdr *nlh) {
  TABLE(packet, NFQA_MAX);
  if (mnl_attr_parse(nlh, sizeof(struct nfgenmsg), keep, &packet_table) < 0) return -1;
  if (!packet[NFQA_PACKET_HDR]) return -1;
  const struct nfqnl_msg_packet_hdr *hdr = mnl_attr_get_payload(packet[NFQA_PACKET_HDR]);
  uint32_t mark = packet[NFQA_MARK] ? ntohl(mnl_attr_get_u32(packet[NFQA_MARK])) : 0;
  uint32_t length = packet[NFQA_PAYLOAD] ? mnl_attr_get_payload_len(packet[NFQA_PAYLOAD]) : 0;
  sink += ntohl(hdr->packet_id) + mark + length;
  return 0;
}

struct end { uint8_t address[16]; uint16_t port; };
struct tuple { struct end source, destination; uint8_t protocol; };
struct flow { struct tuple original, reply; uint32_t status, timeout, mark, id; uint8_t family, tcp_state; uint64_t packets[2], bytes[2]; };

static const uint8_t tuple_sizes[CTA_TUPLE_MAX + 1] = {[CTA_TUPLE_ZONE] = 2};
static const uint8_t ip_sizes[CTA_IP_MAX + 1] = {[CTA_IP_V4_SRC] = 4, [CTA_IP_V4_DST] = 4, [CTA_IP_V6_SRC] = 16, [CTA_IP_V6_DST] = 16};
static const uint8_t proto_sizes[CTA_PROTO_MAX + 1] = {
    [CTA_PROTO_NUM] = 1, [CTA_PROTO_SRC_PORT] = 2, [CTA_PROTO_DST_PORT] = 2, [CTA_PROTO_ICMP_ID] = 2, [CTA_PROTO_ICMP_TYPE] = 1,
    [CTA_PROTO_ICMP_CODE] = 1, [CTA_PROTO_ICMPV6_ID] = 2, [CTA_PROTO_ICMPV6_TYPE] = 1, [CTA_PROTO_ICMPV6_CODE] = 1};
static const uint8_t info_sizes[CTA_PROTOINFO_MAX + 1] = {0};
static const uint8_t tcp_sizes[CTA_PROTOINFO_TCP_MAX + 1] = {
    [CTA_PROTOINFO_TCP_STATE] = 1, [CTA_PROTOINFO_TCP_WSCALE_ORIGINAL] = 1, [CTA_PROTOINFO_TCP_WSCALE_REPLY] = 1,
    [CTA_PROTOINFO_TCP_FLAGS_ORIGINAL] = 2, [CTA_PROTOINFO_TCP_FLAGS_REPLY] = 2};
static const uint8_t ct_sizes[CTA_MAX + 1] = {
    [CTA_STATUS] = 4, [CTA_TIMEOUT] = 4, [CTA_MARK] = 4, [CTA_USE] = 4, [CTA_ID] = 4, [CTA_ZONE] = 2};

static int read_tuple(const struct nlattr *nest, struct tuple *to) {
  TABLE(tuple, CTA_TUPLE_MAX);
  if (mnl_attr_parse_nested(nest, keep, &tuple_table) < 0) return -1;
  if (tuple[CTA_TUPLE_IP]) {
    TABLE(ip, CTA_IP_MAX);
    if (mnl_attr_parse_nested(tuple[CTA_TUPLE_IP], keep, &ip_table) < 0) return -1;
    if (ip[CTA_IP_V4_SRC]) memcpy(to->source.address, mnl_attr_get_payload(ip[CTA_IP_V4_SRC]), 4);
    if (ip[CTA_IP_V4_DST]) memcpy(to->destination.address, mnl_attr_get_payload(ip[CTA_IP_V4_DST]), 4);
    if (ip[CTA_IP_V6_SRC]) memcpy(to->source.address, mnl_attr_get_payload(ip[CTA_IP_V6_SRC]), 16);
    if (ip[CTA_IP_V6_DST]) memcpy(to->destination.address, mnl_attr_get_payload(ip[CTA_IP_V6_DST]), 16);
  }
  if (tuple[CTA_TUPLE_PROTO]) {
    TABLE(proto, CTA_PROTO_MAX);
    if (mnl_attr_parse_nested(tuple[CTA_TUPLE_PROTO], keep, &proto_table) < 0) return -1;
    if (proto[CTA_PROTO_NUM]) to->protocol = mnl_attr_get_u8(proto[CTA_PROTO_NUM]);
    if (proto[CTA_PROTO_SRC_PORT]) to->source.port = ntohs(mnl_attr_get_u16(proto[CTA_PROTO_SRC_PORT]));
    if (proto[CTA_PROTO_DST_PORT]) to->destination.port = ntohs(mnl_attr_get_u16(proto[CTA_PROTO_DST_PORT]));
  }
  return 0;
}

/* What a list of connections prints: both tuples, status, timeout, mark, id, and TCP's state. */
static int read_flow(const struct nlmsghdr *nlh) {
  struct flow flow = {0};
  TABLE(ct, CTA_MAX);
  flow.family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(nlh))->nfgen_family;
  if (mnl_attr_parse(nlh, sizeof(struct nfgenmsg), keep, &ct_table) < 0) return -1;
  if (ct[CTA_TUPLE_ORIG] && read_tuple(ct[CTA_TUPLE_ORIG], &flow.original) < 0) return -1;
  if (ct[CTA_TUPLE_REPLY] && read_tuple(ct[CTA_TUPLE_REPLY], &flow.reply) < 0) return -1;
  if (ct[CTA_STATUS]) flow.status = ntohl(mnl_attr_get_u32(ct[CTA_STATUS]));
  if (ct[CTA_TIMEOUT]) flow.timeout = ntohl(mnl_attr_get_u32(ct[CTA_TIMEOUT]));
  if (ct[CTA_MARK]) flow.mark = ntohl(mnl_attr_get_u32(ct[CTA_MARK]));
  if (ct[CTA_ID]) flow.id = ntohl(mnl_attr_get_u32(ct[CTA_ID]));
  if (ct[CTA_PROTOINFO]) {
    TABLE(info, CTA_PROTOINFO_MAX);
    if (mnl_attr_parse_nested(ct[CTA_PROTOINFO], keep, &info_table) < 0) return -1;
    if (info[CTA_PROTOINFO_TCP]) {
      TABLE(tcp, CTA_PROTOINFO_TCP_MAX);
      if (mnl_attr_parse_nested(info[CTA_PROTOINFO_TCP], keep, &tcp_table) < 0) return -1;
      if (tcp[CTA_PROTOINFO_TCP_STATE]) flow.tcp_state = mnl_attr_get_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
    }
  }
  sink += flow.status + flow.timeout + flow.mark + flow.id + flow.tcp_state + flow.original.protocol + flow.original.source.port +
          flow.original.destination.port + flow.reply.source.port + flow.reply.destination.port + flow.original.source.address[3] +
          flow.reply.destination.address[3];
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int (*read_one)(const struct nlmsghdr *) = strcmp(argv[1], "packets") == 0 ? read_packet : read_flow;
  FILE *file = fopen(argv[2], "rb");
  if (!file) { perror(argv[2]); return 1; }
  static uint8_t bytes[16 << 20] __attribute__((aligned(64)));
  size_t size = fread(bytes, 1, sizeof bytes, file);
  long wanted = atol(argv[3]);
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    long count = 0;
    uint64_t before = sink;
    double start = cpu_ns();
    while (count < wanted) {
      for (size_t at = 0; at + 16 <= size;) {
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(bytes + at);
        if (read_one(nlh) < 0) { fprintf(stderr, "message at byte %zu refused\n", at); return 1; }
        at += NLMSG_ALIGN(nlh->nlmsg_len);
        count++;
      }
    }
    printf("%.3f %llu\n", (cpu_ns() - start) / count, (unsigned long long)(sink - before));
    fflush(stdout);
  }
  return 0;
}
