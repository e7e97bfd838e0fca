// generator MODE SIZE …: bounded UDP load over the loopback interface of the current network namespace.
//
//   window  SIZE SECONDS OUTSTANDING  closed loop, at most so many packets on their way: nothing is lost
//   blast   SIZE SECONDS              open loop, as fast as possible, to a port where packets are counted and dropped
//   rate    SIZE SECONDS PER_SECOND   open loop at a fixed rate
//   pingpong SIZE COUNT GAP_US        one packet at a time, its way through the queue timed
//   bursts  SIZE COUNT LENGTH         so many packets at once; then a single one that has to arrive
//   send    SIZE COUNT                so many packets, and out
//   groups  SIZE COUNT OTHER EACH     so many times: EACH packets of OTHER bytes, which must arrive, and one of SIZE, which need not
//
// SIZE is that of the IP packet. GSO=1 hands the kernel super-packets it splits before the queue, so that the consumer is the
// bottleneck; ADDRESS is where packets go (127.0.0.1), and with SPREAD to so many addresses from there on, 8 to each in turn. One line of JSON on stdout.
#include "netfilter.h"

#include <netinet/in.h>
#include <netinet/udp.h>

enum { sink_port = 9999, drop_port = 9998, most = 64, headers = 28, sources = 256, together = 8 };

static int size, gso, tx, rx, spread, next_source, all_sources[sources];
static char payload[65536], sunk[most][64];
static struct mmsghdr out[most], in[most];
static struct iovec out_slices[most], in_slices[most];
static uint64_t refused;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static struct sockaddr_in local(int port) {
  const char *address = getenv("ADDRESS");
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address ? address : "127.0.0.1"), .sin_port = htons(port)};
}
static void open_sink(void) {
  const int bytes = 64 << 20;
  struct sockaddr_in address = local(sink_port);
  if (spread > 1) address.sin_addr.s_addr = INADDR_ANY;
  rx = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(rx, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  if (bind(rx, (const void *)&address, sizeof address) < 0) die("bind");
}
static int open_source(int port, int which) {
  const int bytes = 64 << 20, mark = 0x1234;
  struct sockaddr_in address = local(port);
  address.sin_addr.s_addr = htonl(ntohl(address.sin_addr.s_addr) + which);
  tx = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(tx, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  if (setsockopt(tx, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0) die("SO_MARK");
  if (gso && setsockopt(tx, SOL_UDP, UDP_SEGMENT, &size, sizeof size) < 0) die("UDP_SEGMENT");
  if (connect(tx, (const void *)&address, sizeof address) < 0) die("connect");
  return tx;
}

// Returns how many were sent. A full queue refuses some of them, which the queue's counters know.
static int send_some(int n) {
  if (!gso) {
    const int sent = sendmmsg(tx, out, n < most ? n : most, 0);
    if (sent < 0) refused++;
    return sent < 0 ? 0 : sent;
  }
  const int whole = 65000 / (size + headers), limit = spread > 1 ? together : most, once = whole < limit ? whole : limit;
  for (int done = 0; done < n;) {
    tx = all_sources[next_source++ % spread];
    const int part = n - done < once ? n - done : once;
    if (send(tx, payload, (size_t)part * size, 0) < 0) refused++;
    done += part;
  }
  return n;
}
static int drain(void) {
  for (int all = 0;;) {
    const int n = recvmmsg(rx, in, most, MSG_DONTWAIT, NULL);
    if (n <= 0) return all;
    all += n;
  }
}
// What still arrives until nothing has for a while.
static uint64_t settle(uint64_t silence) {
  uint64_t got = 0;
  for (uint64_t last = now(); now() - last < silence;) {
    const int n = drain();
    if (n) got += n, last = now();
  }
  return got;
}

static uint64_t sent, received, stalls, survived, began, ended;

static void window(double seconds, int outstanding) {
  // However many wait at their judge, it is the next few that have to come for the first of them to go on.
  const int chunk = outstanding > most ? most / 4 : outstanding / 4 ? outstanding / 4 : 1;
  const uint64_t end = began + (uint64_t)(seconds * 1e9);
  uint64_t last = began;
  for (long away = 0; (ended = now()) < end + 300000000ull;) {
    const int over = ended >= end;
    if (over && away <= 0) break;
    if (!over && outstanding - away >= chunk) {
      const int n = send_some(outstanding - away < most ? outstanding - away : most);
      sent += n, away += n;
    }
    const int n = drain();
    if (n) received += n, away -= n, last = ended;
    else if (!over && away > 0 && ended - last > 50000000ull) stalls++, away = 0, last = ended;
  }
  if (ended > end) ended = end;
}
static void blast(double seconds) {
  const uint64_t end = began + (uint64_t)(seconds * 1e9);
  while ((ended = now()) < end) sent += send_some(most);
}
static void rate(double seconds, double per_second) {
  const uint64_t end = began + (uint64_t)(seconds * 1e9);
  while ((ended = now()) < end) {
    const uint64_t due = (ended - began) * 1e-9 * per_second;
    while (sent < due) {
      const int n = send_some(due - sent < most ? due - sent : most);
      if (n == 0) break;
      sent += n;
    }
    received += drain();
  }
  received += settle(50000000);
}
static void bursts(int count, int length) {
  for (int i = 0; i < count; i++) {
    for (int left = length; left > 0; left -= most) sent += send_some(left < most ? left : most);
    received += settle(5000000);
    sent += send_some(1);
    uint64_t one = 0;
    for (const uint64_t begun = now(); !one && now() - begun < 1000000000ull;) one = drain();
    received += one;
    survived += one > 0;
    if (i - (int)survived > 3) break;
  }
  ended = now();
  received += settle(100000000);
  // Losses show as soon as another packet comes.
  sent += send_some(1);
  received += settle(100000000);
}
static void pingpong(int count, int gap) {
  double *took = calloc(count, sizeof *took);
  int n = 0;
  for (int i = 0; i < count; i++) {
    const uint64_t begun = now();
    uint64_t arrived;
    if (send(tx, payload, size, 0) != size) continue;
    sent++;
    ssize_t got;
    do got = recv(rx, sunk[0], 4, MSG_DONTWAIT), arrived = now();
    while (got < 0 && arrived - begun < 200000000ull);
    if (got < 0) stalls++;
    else received++, took[n++] = (arrived - begun) / 1e3;
    while (now() < arrived + gap * 1000ull) {}
  }
  ended = now();
  qsort(took, n, sizeof *took, compare);
  if (n) printf("{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,", took[n / 2], took[n * 9 / 10], took[n * 99 / 100]);
  else printf("{");
}

static void put_size(int bytes) {
  size = bytes - headers;
  for (int i = 0; i < most; i++) out_slices[i].iov_len = size;
}
static void groups(int count, int other, int each) {
  const int one = size + headers;
  for (int i = 0; i < count; i++) {
    put_size(other);
    int missing = 0;
    for (int left = each; left > 0; left -= most) missing += send_some(left < most ? left : most);
    sent += missing;
    for (const uint64_t begun = now(); missing > 0 && now() - begun < 1000000000ull;) {
      const int n = drain();
      missing -= n, received += n;
    }
    if (missing > 0) stalls++;
    put_size(one);
    sent += send_some(1);
    // Without others nothing says when the consumer has read it.
    if (each == 0) usleep(100);
  }
  ended = now();
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const char *mode = argv[1];
  size = atoi(argv[2]) - headers;
  if (size < 4 || size > 60000) return 2;
  gso = getenv("GSO") && atoi(getenv("GSO"));
  spread = getenv("SPREAD") ? atoi(getenv("SPREAD")) : 1;
  if (spread < 1 || spread > sources) return 2;
  for (size_t i = 0; i < sizeof payload; i++) payload[i] = (char)(i * 31);
  for (int i = 0; i < most; i++) {
    out_slices[i] = (struct iovec){payload, size};
    in_slices[i] = (struct iovec){sunk[i], 4};
    out[i].msg_hdr = (struct msghdr){.msg_iov = &out_slices[i], .msg_iovlen = 1};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_slices[i], .msg_iovlen = 1};
  }
  const int dropping = !strcmp(mode, "blast");
  if (!dropping) open_sink();
  for (int i = 0; i < spread; i++) all_sources[i] = open_source(dropping ? drop_port : sink_port, i);
  const double first = atof(argv[3]), second = argc > 4 ? atof(argv[4]) : 0;
  began = now();
  const char *prefix = "{";
  if (!strcmp(mode, "window")) window(first, second);
  else if (dropping) blast(first);
  else if (!strcmp(mode, "rate")) rate(first, second);
  else if (!strcmp(mode, "bursts")) bursts(first, second);
  else if (!strcmp(mode, "groups")) groups(first, second, argc > 5 ? atoi(argv[5]) : 0);
  else if (!strcmp(mode, "pingpong")) pingpong(first, second), prefix = "";
  else if (!strcmp(mode, "send")) while (sent < first) sent += send_some(first - sent < most ? first - sent : most);
  else return 2;
  printf("%s\"sent\":%llu,\"received\":%llu,\"stalls\":%llu,\"survived\":%llu,\"refused\":%llu,\"nanoseconds\":%llu}\n", prefix,
         (unsigned long long)sent, (unsigned long long)received, (unsigned long long)stalls, (unsigned long long)survived,
         (unsigned long long)refused, (unsigned long long)(ended - began));
  return 0;
}
