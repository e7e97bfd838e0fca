// decode packets|flows FILE ROUNDS COLD: how long decoding alone takes, by hand and through libmnl, and of COLD messages that lie far apart, so that none is in a
// cache when its turn comes. Nanoseconds a message, each round.
#include "flow.h"
#include "queued.h"

static uint64_t sum;

static int keep_packet(const struct nlattr *a, void *rows) {
  const int type = mnl_attr_get_type(a);
  if (mnl_attr_type_valid(a, NFQA_MAX) < 0) return MNL_CB_OK;
  switch (type) {
    case NFQA_MARK:
    case NFQA_IFINDEX_INDEV:
    case NFQA_IFINDEX_OUTDEV:
      if (mnl_attr_validate(a, MNL_TYPE_U32) < 0) return MNL_CB_ERROR;
      break;
    case NFQA_TIMESTAMP:
      if (mnl_attr_validate2(a, MNL_TYPE_UNSPEC, sizeof(struct nfqnl_msg_packet_timestamp)) < 0) return MNL_CB_ERROR;
      break;
    case NFQA_PACKET_HDR:
      if (mnl_attr_validate2(a, MNL_TYPE_UNSPEC, sizeof(struct nfqnl_msg_packet_hdr)) < 0) return MNL_CB_ERROR;
      break;
  }
  ((const struct nlattr **)rows)[type] = a;
  return MNL_CB_OK;
}
static __attribute__((noinline)) void packet_by_libmnl(const uint8_t *b) {
  const struct nlattr *a[NFQA_MAX + 1] = {0};
  struct queued q = {0};
  if (mnl_attr_parse((const void *)b, sizeof(struct nfgenmsg), keep_packet, a) < 0) return;
  if (a[NFQA_PACKET_HDR]) {
    const uint8_t *d = mnl_attr_get_payload(a[NFQA_PACKET_HDR]);
    q.id = big32(d);
    q.protocol = d[4] << 8 | d[5];
  }
  q.mark = mnl_be32(a[NFQA_MARK]);
  q.indev = mnl_be32(a[NFQA_IFINDEX_INDEV]);
  q.outdev = mnl_be32(a[NFQA_IFINDEX_OUTDEV]);
  if (a[NFQA_TIMESTAMP]) {
    const uint8_t *d = mnl_attr_get_payload(a[NFQA_TIMESTAMP]);
    q.seconds = big64(d);
    q.microseconds = big64(d + 8);
  }
  if (a[NFQA_PAYLOAD]) {
    q.payload = mnl_attr_get_payload(a[NFQA_PAYLOAD]);
    q.length = mnl_attr_get_payload_len(a[NFQA_PAYLOAD]);
  }
  sum += digest(&q);
}
static __attribute__((noinline)) void packet_by_hand(const uint8_t *b) {
  struct queued q;
  if (decode_queued(b, host32(b), &q) == 0) sum += digest(&q);
}
static __attribute__((noinline)) void flow_by_hand(const uint8_t *b) {
  struct flow f;
  by_hand(b, &f);
  sum += flow_digest(&f);
}
static __attribute__((noinline)) void flow_by_libmnl(const uint8_t *b) {
  struct flow f;
  by_libmnl((const void *)b, &f);
  sum += flow_digest(&f);
}

// Where the messages are: packets come as length and bytes, a dump as messages one behind the other.
static size_t find(const uint8_t *b, size_t length, int packets, const uint8_t **messages, size_t room) {
  size_t n = 0;
  for (size_t at = 0; at + 20 <= length && n < room;) {
    const uint8_t *m = b + at + (packets ? 4 : 0);
    const uint16_t type = host16(m + 4);
    at += packets ? 4 + host32(b + at) : aligned(host32(m));
    if (type != NLMSG_DONE && type != NLMSG_ERROR) messages[n++] = m;
  }
  return n;
}
static void measure(const char *name, void (*decode)(const uint8_t *), const uint8_t **messages, size_t n, int rounds) {
  const size_t loops = n < 1000 ? 400000 / n : 1;
  printf("\"%s\":[", name);
  for (int r = 0; r < rounds; r++) {
    const double begun = cpu_ns();
    for (size_t l = 0; l < loops; l++)
      for (size_t i = 0; i < n; i++) decode(messages[i]);
    printf("%s%.2f", r ? "," : "", (cpu_ns() - begun) / (double)(loops * n));
  }
  printf("],");
}

// So many messages, each at a place of its own; of two neighbours in order none is near the other.
enum { apart = 1024, stride = 7919 };
static const uint8_t **scatter(const uint8_t **messages, size_t n, size_t count) {
  uint8_t *b = malloc(count * apart);
  const uint8_t **places = malloc(count * sizeof *places);
  for (size_t i = 0; i < count; i++) {
    uint8_t *place = b + i * stride % count * apart;
    memcpy(place, messages[i % n], host32(messages[i % n]));
    places[i] = place;
  }
  return places;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const int packets = !strcmp(argv[1], "packets"), rounds = atoi(argv[3]);
  FILE *file = fopen(argv[2], "rb");
  if (!file) die(argv[2]);
  fseek(file, 0, SEEK_END);
  const size_t length = ftell(file), room = 1 << 20;
  rewind(file);
  uint8_t *b = malloc(length);
  const uint8_t **messages = malloc(room * sizeof *messages);
  if (fread(b, 1, length, file) != length) die("fread");
  const size_t n = find(b, length, packets, messages, room);
  printf("{");
  measure("hand", packets ? packet_by_hand : flow_by_hand, messages, n, rounds);
  measure("libmnl", packets ? packet_by_libmnl : flow_by_libmnl, messages, n, rounds);
  const size_t cold = atoi(argv[4]);
  const uint8_t **scattered = scatter(messages, n, cold);
  measure("handCold", packets ? packet_by_hand : flow_by_hand, scattered, cold, rounds);
  measure("libmnlCold", packets ? packet_by_libmnl : flow_by_libmnl, scattered, cold, rounds);
  printf("\"messages\":%zu,\"sum\":%llu}\n", n, (unsigned long long)sum);
  return 0;
}
