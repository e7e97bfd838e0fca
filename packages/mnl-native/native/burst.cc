#include "burst.h"

#include <errno.h>

#include <new>

#include "clock.h"

std::unique_ptr<Burst> Burst::Make(uint32_t slots, uint32_t stride) {
  std::unique_ptr<Burst> burst(new (std::nothrow) Burst(slots, stride));
  if (!burst || !burst->messages_ || !burst->slices_ || !burst->senders_) return nullptr;
  for (uint32_t i = 0; i < slots; i++) {
    burst->messages_[i].msg_hdr.msg_iov = &burst->slices_[i];
    burst->messages_[i].msg_hdr.msg_iovlen = 1;
  }
  return burst;
}

Burst::Burst(uint32_t slots, uint32_t stride)
    : slots_(slots),
      stride_(stride),
      messages_(new (std::nothrow) mmsghdr[slots]()),
      slices_(new (std::nothrow) iovec[slots]()),
      senders_(new (std::nothrow) sockaddr_nl[slots]()) {}

int Burst::Receive(int fd, uint8_t* slab, uint32_t first, int32_t* spans, int64_t nanoseconds,
                   bool kernelOnly) {
  if (slab != slab_) {
    slab_ = slab;
    for (uint32_t i = 0; i < slots(); i++) slices_[i] = {slab + static_cast<size_t>(i) * stride_, stride_};
  }
  for (uint32_t i = first; !kernelOnly && i < slots(); i++) {
    messages_[i].msg_hdr.msg_name = &senders_[i];
    messages_[i].msg_hdr.msg_namelen = sizeof senders_[i];
  }
  length_ = truncated_ = 0;
  // The kernel makes a dump while it is read, half a millisecond a datagram. It can watch the clock after each of them, which
  // costs a few per cent where datagrams are small: those go without, and by a coarse clock, once they have been seen to be quick.
  timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const uint64_t start = Clock(slow_ ? CLOCK_MONOTONIC : CLOCK_MONOTONIC_COARSE);
  const int received = recvmmsg(fd, &messages_[first], slots() - first, MSG_DONTWAIT, slow_ ? &timeout : nullptr);
  if (received <= 0) return received < 0 ? -errno : 0;
  const uint64_t elapsed = (Clock(slow_ ? CLOCK_MONOTONIC : CLOCK_MONOTONIC_COARSE)) - start;
  slow_ = elapsed / received * slots() > static_cast<uint64_t>(nanoseconds);
  for (uint32_t i = first; i < first + received; i++) {
    const msghdr& header = messages_[i].msg_hdr;
    const uint32_t sender = !kernelOnly && header.msg_namelen >= sizeof(sockaddr_nl) ? senders_[i].nl_pid : 0;
    if (sender != 0) {
      foreign_++;
    } else if (header.msg_flags & MSG_TRUNC) {
      truncated_++;
    } else {
      spans[2 * length_] = static_cast<int32_t>(i * stride_);
      spans[2 * length_ + 1] = static_cast<int32_t>(messages_[i].msg_len);
      length_++;
    }
  }
  return received;
}
