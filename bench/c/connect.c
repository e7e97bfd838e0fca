// connect serve PORT: accepts connections, and closes each when its other end has.
// connect dial ADDRESS PORT COUNT: opens one connection after another, and prints how long connect() took, as JSON in nanoseconds.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void serve(uint16_t port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) die("listen");
  for (;;) {
    int one = accept(listener, NULL, NULL);
    if (one >= 0) close(one);
  }
}

static void dial(const char *address, uint16_t port, int count) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct linger at_once = {.l_onoff = 1};
  int warm_up = count / 10;
  uint64_t *took = calloc((size_t)count, sizeof *took), begun = 0;
  inet_pton(AF_INET, address, &to.sin_addr);
  for (int i = -warm_up; i < count; i++) {
    if (i == 0) begun = now();
    int one = socket(AF_INET, SOCK_STREAM, 0);
    // A reset at the end: no port waits in TIME-WAIT.
    setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    uint64_t start = now();
    if (connect(one, (struct sockaddr *)&to, sizeof to)) die("connect");
    if (i >= 0) took[i] = now() - start;
    close(one);
  }
  double seconds = (double)(now() - begun) / 1e9;
  qsort(took, (size_t)count, sizeof *took, compare);
  printf("{\"p50\":%llu,\"p99\":%llu,\"rate\":%.1f}\n", (unsigned long long)took[count / 2],
         (unsigned long long)took[(size_t)count * 99 / 100], count / seconds);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "serve")) serve((uint16_t)atoi(argv[2]));
  if (argc == 5 && !strcmp(argv[1], "dial")) dial(argv[2], (uint16_t)atoi(argv[3]), atoi(argv[4]));
  else return 2;
  return 0;
}
