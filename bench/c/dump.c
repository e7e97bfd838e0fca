// dump MODE [FILE]: reference programs that read the conntrack table of the current network namespace.
//
//   receive  only receive: what the kernel alone costs     hand  decoded by hand     libmnl  mnl_cb_run and mnl_attr_parse
//   libnetfilter_conntrack  nfct_query                     save  the bytes to FILE
#include "flow.h"

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <sys/resource.h>

enum { chunk = 65536 };

static uint64_t entries, sum;

static int on_message(const struct nlmsghdr *message, void *context) {
  (void)context;
  struct flow f;
  by_libmnl(message, &f);
  sum += flow_digest(&f);
  entries++;
  return MNL_CB_OK;
}
static int on_flow(enum nf_conntrack_msg_type type, struct nf_conntrack *ct, void *context) {
  (void)type, (void)context;
  entries++;
  sum += nfct_get_attr_u32(ct, ATTR_ID) ^ nfct_get_attr_u32(ct, ATTR_STATUS) ^ nfct_get_attr_u32(ct, ATTR_TIMEOUT) ^
         nfct_get_attr_u32(ct, ATTR_MARK) ^ nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC) ^
         nfct_get_attr_u16(ct, ATTR_ORIG_PORT_DST) ^ nfct_get_attr_u16(ct, ATTR_REPL_PORT_SRC) ^
         nfct_get_attr_u32(ct, ATTR_ORIG_IPV4_SRC) ^ nfct_get_attr_u32(ct, ATTR_REPL_IPV4_DST) ^
         nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_PACKETS) ^ nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_BYTES) ^
         nfct_get_attr_u8(ct, ATTR_TCP_STATE);
  return NFCT_CB_CONTINUE;
}

static void through_library(void) {
  struct nfct_handle *h = nfct_open(CONNTRACK, 0);
  uint32_t family = AF_UNSPEC;
  if (!h || nfct_callback_register(h, NFCT_T_ALL, on_flow, NULL) < 0 || nfct_query(h, NFCT_Q_DUMP, &family) < 0)
    die("libnetfilter_conntrack");
}
static void through_socket(const char *mode, FILE *file) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), libmnl = !strcmp(mode, "libmnl"), hand = !strcmp(mode, "hand");
  uint8_t *b = malloc(chunk), request[20];
  finish(request, start(request, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP, 0, 0));
  if (sendto(fd, request, sizeof request, 0, (const void *)&kernel, sizeof kernel) < 0) die("sendto");
  for (int done = 0; !done;) {
    const ssize_t n = recv(fd, b, chunk, 0);
    if (n < 0) die("recv");
    if (file) fwrite(b, 1, n, file);
    if (libmnl) done = mnl_cb_run(b, n, 0, 0, on_message, NULL) <= 0;
    else for (ssize_t at = 0; at + 16 <= n && !done; at += aligned(host32(b + at))) {
      const uint16_t type = host16(b + at + 4);
      if (type == NLMSG_DONE || type == NLMSG_ERROR) done = 1;
      else entries++;
      if (done || !hand) continue;
      struct flow f;
      by_hand(b + at, &f);
      sum += flow_digest(&f);
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FILE *file = argc > 2 ? fopen(argv[2], "wb") : NULL;
  if (!strcmp(argv[1], "libnetfilter_conntrack")) through_library();
  else through_socket(argv[1], file);
  if (file) fclose(file);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"entries\":%llu,\"cpuMicroseconds\":%lld,\"sum\":%llu}\n", (unsigned long long)entries,
         (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000ll + used.ru_utime.tv_usec + used.ru_stime.tv_usec,
         (unsigned long long)sum);
  return 0;
}
