// owner LOCAL REMOTE COUNT: ask which socket sends from 127.0.0.1:LOCAL to 127.0.0.1:REMOTE, and print how long each answer takes, in ns.
#include "owner.h"

static int by_number(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int fd = sock_diag(), count = atoi(argv[3]);
  double *took = malloc(count * sizeof *took);
  const uint32_t here = htonl(INADDR_LOOPBACK);
  struct question ask = question_of(here, here, htons(atoi(argv[1])), htons(atoi(argv[2])));
  uint64_t inodes = 0;
  for (int i = -count / 10; i < count; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    const uint32_t inode = owner_of(fd, &ask);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (inode == 0) return fprintf(stderr, "there is no such socket\n"), 1;
    // The first tenth warms up.
    if (i < 0) continue;
    inodes++;
    took[i] = (to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec;
  }
  qsort(took, count, sizeof *took, by_number);
  printf("{\"p50\":%.0f,\"p99\":%.0f,\"found\":%llu}\n", took[count / 2], took[count * 99 / 100], (unsigned long long)inodes);
}
