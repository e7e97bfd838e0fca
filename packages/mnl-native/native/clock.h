#pragma once

#include <time.h>

#include <cstdint>

/** Nanoseconds by a monotonic clock, which is libuv's, too: CLOCK_MONOTONIC_COARSE costs less, and steps by milliseconds. */
inline uint64_t Clock(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * UINT64_C(1'000'000'000) + now.tv_nsec;
}
