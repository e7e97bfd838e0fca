#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>

/** Memory of slots, one after another, and the slot the next burst starts at. */
struct Slots {
  uint8_t* memory;
  uint32_t first;
};

/**
 * Datagrams read by one recvmmsg, each into slots of its own: its first `head` bytes into a small slot, and what is longer into one of `stride` bytes. A burst of
 * short datagrams lies in the small slots as it was received, so that one of them that waits long keeps only those. Any other burst is
 * put together in the large ones.
 */
class Burst {
 public:
  /** So many bytes a slab has at most: `spans` says where a datagram is in 31 bits. */
  static constexpr uint64_t largestSlab = INT32_MAX;

  /** Null when there is no memory for it. `slots` slots of `stride` bytes are at least one and at most `largestSlab`; `head` is less than `stride`, and 0 for none. */
  static std::unique_ptr<Burst> Make(uint32_t slots, uint32_t stride, uint32_t head);

  /**
   * Read what waits into the slots from the first on, for about `nanoseconds` at most. Returns how many slots were written, or
   * -errno. Offset and length of what the kernel sent whole go to `spans`; the rest is counted. Senders cost time, and are asked for
   * only where not `kernelOnly`.
   */
  int Receive(int fd, Slots large, Slots small, int32_t* spans, int64_t nanoseconds, bool kernelOnly);

  uint32_t slots() const { return slots_; }
  uint32_t stride() const { return stride_; }
  uint32_t head() const { return head_; }
  /** Whether the last burst is in the small slots. */
  bool isShort() const { return short_; }
  /** Datagrams of the last burst that are in `spans`. */
  uint32_t length() const { return length_; }
  /** Datagrams of the last burst that did not fit into their slot. */
  uint32_t truncated() const { return truncated_; }
  /** When the last burst had been read, in nanoseconds of `Clock()`. */
  uint64_t readAt() const { return readAt_; }
  /** Datagrams that came from other processes, ever. */
  uint64_t foreign() const { return foreign_; }

 private:
  Burst(uint32_t slots, uint32_t stride, uint32_t head);
  void Point(Slots large, Slots small);

  uint32_t slots_;
  uint32_t stride_;
  uint32_t head_;
  bool short_ = false;
  uint32_t length_ = 0;
  uint32_t truncated_ = 0;
  uint64_t readAt_ = 0;
  uint64_t foreign_ = 0;
  /** Where the slices point to. */
  Slots large_{nullptr, 0};
  Slots small_{nullptr, 0};
  /** Whether the next burst has to watch the clock. */
  bool slow_ = true;
  std::unique_ptr<mmsghdr[]> messages_;
  std::unique_ptr<iovec[]> slices_;
  std::unique_ptr<sockaddr_nl[]> senders_;
};
