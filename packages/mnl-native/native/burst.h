#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstdint>
#include <vector>

/**
 * Datagrams read by one recvmmsg, each into a slot of its own. A slab is `slots` slots of `stride` bytes, one after another.
 */
class Burst {
 public:
  Burst(uint32_t slots, uint32_t stride);

  /**
   * Read what waits into the slots from `first` on, for about `nanoseconds` at most. Returns how many slots were written, or
   * -errno. Offset and length of what the kernel sent whole go to `spans`; the rest is counted. Senders cost time, and are asked for
   * only where not `kernelOnly`.
   */
  int Receive(int fd, uint8_t* slab, uint32_t first, int32_t* spans, int64_t nanoseconds, bool kernelOnly);

  uint32_t slots() const { return static_cast<uint32_t>(messages_.size()); }
  uint32_t stride() const { return stride_; }
  /** Datagrams of the last burst that are in `spans`. */
  uint32_t length() const { return length_; }
  /** Datagrams of the last burst that did not fit into their slot. */
  uint32_t truncated() const { return truncated_; }
  /** Datagrams that came from other processes, ever. */
  uint64_t foreign() const { return foreign_; }

 private:
  uint32_t stride_;
  uint32_t length_ = 0;
  uint32_t truncated_ = 0;
  uint64_t foreign_ = 0;
  uint8_t* slab_ = nullptr;
  /** Whether the next burst has to watch the clock. */
  bool slow_ = true;
  std::vector<mmsghdr> messages_;
  std::vector<iovec> slices_;
  std::vector<sockaddr_nl> senders_;
};
