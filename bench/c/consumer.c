// consumer MODE QUEUE [key=value ...]: reference programs that read an NFQUEUE and accept every packet.
//
//   percall  pselect, recvmsg, a malloc'd copy of the payload, a malloc'd verdict, sendto: for each packet
//   lnq      the classic loop of libnetfilter_queue: recv, nfq_handle_packet, nfq_set_verdict
//   mmsg     poll, recvmmsg into a slab, one sendto with a verdict message for each packet: the ideal
//   loop     the same in the event loop of libuv, as Node runs it
//   capture  each datagram as u32 length and bytes to the file out=…, until count=… are there
//
// gso=1 takes large packets whole, rewrite=1 sends the payload back with the verdict, batch=1 judges a burst by one batch verdict, buffer=N and
// maxlen=N size the queue, queues=N binds so many from QUEUE on, and waiting=N judges a packet in bursts when so many came after it, or none for a while.
// owner=1 asks which socket sends a packet, and drops it where there is none: percall alone, of TCP over IPv4.
// Each looks at id, protocol, mark, interfaces, timestamp and last byte of every packet. SIGTERM ends it with a line of JSON.
#include "owner.h"
#include "queued.h"

#include <fcntl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <uv.h>

enum { slots = 64, slot = 69632, sending = 1 << 20 };

static volatile sig_atomic_t stopped;
static int fd, queue, queues, rewrite, batch, waiting;
static uint64_t packets, sum, receives, sends;

static void on_signal(int signal) {
  (void)signal;
  stopped = 1;
}

static size_t put_verdict(uint8_t *b, const struct queued *q, uint32_t decided) {
  const int type = batch ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT;
  size_t at = start(b, NFNL_SUBSYS_QUEUE, type, NLM_F_REQUEST, 0, q->queue);
  const struct nfqnl_msg_verdict_hdr verdict = {htonl(decided), htonl(q->id)};
  at = put(b, at, NFQA_VERDICT_HDR, &verdict, sizeof verdict);
  if (rewrite) at = put(b, at, NFQA_PAYLOAD, q->payload, q->length);
  return finish(b, at);
}
static void send_all(const uint8_t *b, size_t length) {
  sends++;
  if (sendto(fd, b, length, 0, (const void *)&kernel, sizeof kernel) < 0) die("sendto");
}
static int look(const uint8_t *b, size_t length, struct queued *q) {
  if (decode_queued(b, length, q) < 0) return -1;
  packets++;
  sum += digest(q);
  return 0;
}

static void configure(uint8_t *b, size_t length) {
  finish(b, length);
  send_all(b, length);
  uint8_t answer[8192];
  if (recv(fd, answer, sizeof answer, 0) < 0) die("recv");
  errno = -*(int *)(answer + 16);
  if (errno) die("configure");
}
static void configure_queue(char **argv, int number) {
  const int flags = NLM_F_REQUEST | NLM_F_ACK;
  uint8_t b[512];
  const struct nfqnl_msg_config_cmd command = {.command = NFQNL_CFG_CMD_BIND};
  size_t at = start(b, NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG, flags, 0, number);
  configure(b, put(b, at, NFQA_CFG_CMD, &command, sizeof command));
  const struct nfqnl_msg_config_params params = {htonl(0xffff), NFQNL_COPY_PACKET};
  at = start(b, NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG, flags, 0, number);
  at = put(b, at, NFQA_CFG_PARAMS, &params, sizeof params);
  const long maxlen = option(argv, "maxlen", 0);
  if (maxlen) at = put_be32(b, at, NFQA_CFG_QUEUE_MAXLEN, maxlen);
  if (option(argv, "gso", 0)) {
    at = put_be32(b, at, NFQA_CFG_FLAGS, NFQA_CFG_F_GSO);
    at = put_be32(b, at, NFQA_CFG_MASK, NFQA_CFG_F_GSO);
  }
  configure(b, at);
}
static void bind_queues(char **argv) {
  fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  if (fd < 0 || bind(fd, (const void *)&kernel, sizeof kernel) < 0) die("netlink");
  int buffer = option(argv, "buffer", 0), sending_buffer = sending;
  if (buffer) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &sending_buffer, sizeof sending_buffer);
  for (int i = 0; i < queues; i++) configure_queue(argv, queue + i);
}

// Whether a socket of this host sends it.
static int is_owned(int diag, const struct queued *q) {
  const uint8_t *ip = q->payload;
  const size_t header = q->length < 20 ? 0 : 4 * (ip[0] & 15);
  if (header < 20 || q->length < header + 4) return 0;
  uint16_t ports[2];
  memcpy(ports, ip + header, sizeof ports);
  struct question ask = question_of(host32(ip + 12), host32(ip + 16), ports[0], ports[1]);
  return owner_of(diag, &ask) != 0;
}

static void one_by_one(int diag) {
  struct queued q;
  uint8_t *received = malloc(slot);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  while (!stopped) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    if (pselect(fd + 1, &readable, NULL, NULL, NULL, NULL) < 1) continue;
    struct sockaddr_nl from;
    struct iovec slice = {received, slot};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &slice, .msg_iovlen = 1};
    receives++;
    const ssize_t n = recvmsg(fd, &message, 0);
    if (n < 0) continue;
    struct timespec raw, real;
    clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
    clock_gettime(CLOCK_REALTIME, &real);
    sum += raw.tv_nsec ^ real.tv_nsec;
    if (look(received, n, &q) < 0) continue;
    uint8_t *copy = malloc(q.length + 1), *verdict = malloc(slot);
    memcpy(copy, q.payload, q.length);
    const uint32_t decided = diag < 0 || is_owned(diag, &q) ? NF_ACCEPT : NF_DROP;
    send_all(verdict, put_verdict(verdict, &q, decided));
    sum += copy[0];
    free(verdict);
    free(copy);
  }
}

static int on_packet(struct nfq_q_handle *handle, struct nfgenmsg *header, struct nfq_data *data, void *context) {
  (void)header, (void)context;
  struct nfqnl_msg_packet_hdr *packet = nfq_get_msg_packet_hdr(data);
  const uint32_t id = ntohl(packet->packet_id);
  struct timeval at = {0};
  unsigned char *payload = NULL;
  nfq_get_timestamp(data, &at);
  const int n = nfq_get_payload(data, &payload);
  packets++;
  sum += id ^ ntohs(packet->hw_protocol) ^ nfq_get_nfmark(data) ^ nfq_get_indev(data) ^ nfq_get_outdev(data) ^
         at.tv_sec ^ at.tv_usec ^ (n > 0 ? payload[n - 1] : 0);
  sends++;
  return rewrite ? nfq_set_verdict(handle, id, NF_ACCEPT, n, payload) : nfq_set_verdict(handle, id, NF_ACCEPT, 0, NULL);
}
static void classic(char **argv) {
  static char received[0xffff + 4096] __attribute__((aligned));
  struct nfq_handle *h = nfq_open();
  struct nfq_q_handle *q = h ? nfq_create_queue(h, queue, on_packet, NULL) : NULL;
  if (!q || nfq_set_mode(q, NFQNL_COPY_PACKET, 0xffff) < 0) die("libnetfilter_queue");
  if (option(argv, "gso", 0)) nfq_set_queue_flags(q, NFQA_CFG_F_GSO, NFQA_CFG_F_GSO);
  while (!stopped) {
    receives++;
    const int n = recv(nfq_fd(h), received, sizeof received, 0);
    if (n >= 0) nfq_handle_packet(h, received, n);
    else if (errno != EINTR && errno != ENOBUFS) die("recv");
  }
}

static struct mmsghdr messages[slots];
static uint8_t *out;

static void prepare_bursts(void) {
  static struct iovec slices[slots];
  uint8_t *slab = aligned_alloc(4096, (size_t)slots * slot);
  out = malloc((size_t)slots * slot);
  for (int i = 0; i < slots; i++) {
    slices[i] = (struct iovec){slab + (size_t)i * slot, slot};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &slices[i], .msg_iovlen = 1};
  }
}
static size_t judge(size_t used, const struct queued *q) {
  const size_t needed = 64 + (rewrite ? aligned(q->length) : 0);
  if (used + needed > sending / 2) send_all(out, used), used = 0;
  return used + put_verdict(out + used, q, NF_ACCEPT);
}

// Packets that wait for their verdict: each is judged when enough came after it, or when none comes any more.
static struct queued kept[1 << 14];
static uint32_t oldest, newest;

static size_t keep(const struct queued *q) {
  kept[newest++ % (1 << 14)] = *q;
  return newest - oldest;
}
static void judge_kept(void) {
  size_t used = 0;
  while (oldest != newest) used = judge(used, &kept[oldest++ % (1 << 14)]);
  if (used) send_all(out, used);
}

static void one_burst(FILE *capture) {
  struct queued q;
  int n;
  // recvmmsg reports an overrun without clearing the socket's congestion; polling would then wait for ever.
  do receives++, n = recvmmsg(fd, messages, slots, MSG_DONTWAIT, NULL);
  while (n < 0 && errno == ENOBUFS);
  size_t used = 0;
  for (int i = 0; i < n; i++) {
    const uint8_t *b = messages[i].msg_hdr.msg_iov->iov_base;
    const uint32_t length = messages[i].msg_len;
    if (look(b, length, &q) < 0) continue;
    if (capture) fwrite(&length, 4, 1, capture), fwrite(b, 1, length, capture);
    if (batch) used = 0; // one for all up to the last
    if (waiting == 0) used = judge(used, &q);
    else if (keep(&q) > (size_t)waiting) used = judge(used, &kept[oldest++ % (1 << 14)]);
  }
  if (used) send_all(out, used);
}
static void in_bursts(FILE *capture, uint64_t count) {
  prepare_bursts();
  struct pollfd readable = {.fd = fd, .events = POLLIN};
  while (!stopped && (!capture || packets < count)) {
    const int ready = poll(&readable, 1, waiting ? 20 : -1);
    if (ready > 0) one_burst(capture);
    else if (ready == 0) judge_kept();
  }
}

static void on_readable(uv_poll_t *handle, int status, int events) {
  (void)events;
  // An overrun stops the handle.
  if (status < 0) uv_poll_start(handle, UV_READABLE, handle->poll_cb);
  one_burst(NULL);
}
static void on_end(uv_signal_t *handle, int signal) {
  (void)signal;
  uv_stop(handle->loop);
}
static void in_loop(void) {
  prepare_bursts();
  uv_loop_t *loop = uv_default_loop();
  uv_poll_t readable;
  uv_signal_t end;
  // As Node configures its own.
  uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
  uv_poll_init(loop, &readable, fd);
  uv_poll_start(&readable, UV_READABLE, on_readable);
  uv_signal_init(loop, &end);
  uv_signal_start(&end, on_end, SIGTERM);
  uv_run(loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const char *mode = argv[1];
  queue = atoi(argv[2]);
  queues = option(argv, "queues", 1);
  rewrite = option(argv, "rewrite", 0);
  waiting = option(argv, "waiting", 0);
  batch = option(argv, "batch", 0);
  const struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  if (!strcmp(mode, "lnq")) classic(argv);
  else {
    bind_queues(argv);
    if (!strcmp(mode, "percall")) one_by_one(option(argv, "owner", 0) ? sock_diag() : -1);
    else if (!strcmp(mode, "mmsg")) in_bursts(NULL, 0);
    else if (!strcmp(mode, "loop")) in_loop();
    else if (!strcmp(mode, "capture")) in_bursts(fopen(text_option(argv, "out", "/dev/null"), "wb"), option(argv, "count", 64));
    else return 2;
  }
  printf("{\"received\":%llu,\"receives\":%llu,\"sends\":%llu,\"sum\":%llu}\n", (unsigned long long)packets,
         (unsigned long long)receives, (unsigned long long)sends, (unsigned long long)sum);
  return 0;
}
