// One queued packet, decoded by hand: what every reference consumer looks at.
#pragma once
#include "netfilter.h"

struct queued {
  uint32_t id, mark, indev, outdev, length;
  uint16_t protocol, queue;
  uint64_t seconds, microseconds;
  const uint8_t *payload;
};

static inline int decode_queued(const uint8_t *b, size_t length, struct queued *q) {
  if (length < 20 || host32(b) > length) return -1;
  if (host16(b + 4) != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) return -1;
  memset(q, 0, sizeof *q);
  q->queue = b[18] << 8 | b[19];
  for (size_t at = 20, end = host32(b); at + 4 <= end;) {
    const uint16_t size = host16(b + at);
    if (size < 4 || at + size > end) return -1;
    const uint8_t *d = b + at + 4;
    switch (host16(b + at + 2) & NLA_TYPE_MASK) {
      case NFQA_PACKET_HDR:
        if (size < 11) return -1;
        q->id = big32(d);
        q->protocol = d[4] << 8 | d[5];
        break;
      case NFQA_MARK:
        if (size >= 8) q->mark = big32(d);
        break;
      case NFQA_TIMESTAMP:
        if (size >= 20) q->seconds = big64(d), q->microseconds = big64(d + 8);
        break;
      case NFQA_IFINDEX_INDEV:
        if (size >= 8) q->indev = big32(d);
        break;
      case NFQA_IFINDEX_OUTDEV:
        if (size >= 8) q->outdev = big32(d);
        break;
      case NFQA_PAYLOAD:
        q->payload = d;
        q->length = size - 4;
        break;
    }
    at += aligned(size);
  }
  return 0;
}

static inline uint64_t digest(const struct queued *q) {
  return q->id ^ q->protocol ^ q->mark ^ q->indev ^ q->outdev ^ q->seconds ^ q->microseconds ^
         (q->length ? q->payload[q->length - 1] : 0);
}
