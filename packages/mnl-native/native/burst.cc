#include "burst.h"

#include <errno.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "clock.h"

/** Nanoseconds of a call that reads one datagram which was there already, on a slow machine: the call itself is most of that. */
constexpr uint64_t longestCall = 10'000;

std::unique_ptr<Burst> Burst::Make(uint32_t slots, uint32_t stride, uint32_t head) {
  std::unique_ptr<Burst> burst(new (std::nothrow) Burst(slots, stride, head));
  if (!burst || !burst->messages_ || !burst->slices_ || !burst->senders_) return nullptr;
  for (uint32_t i = 0; i < slots; i++) {
    burst->messages_[i].msg_hdr.msg_iov = &burst->slices_[2 * i];
    burst->messages_[i].msg_hdr.msg_iovlen = 2;
  }
  return burst;
}

Burst::Burst(uint32_t slots, uint32_t stride, uint32_t head)
    : slots_(slots),
      stride_(stride),
      head_(head),
      messages_(new (std::nothrow) mmsghdr[slots]()),
      slices_(new (std::nothrow) iovec[2 * static_cast<size_t>(slots)]()),
      senders_(new (std::nothrow) sockaddr_nl[slots]()) {}

void Burst::Point(Slots large, Slots small) {
  const auto same = [](Slots a, Slots b) { return a.memory == b.memory && a.first == b.first; };
  if (same(large, large_) && same(small, small_)) return;
  large_ = large;
  small_ = small;
  for (uint32_t i = 0; i + std::max(large.first, small.first) < slots_; i++) {
    slices_[2 * i] = {small.memory + static_cast<size_t>(small.first + i) * head_, head_};
    slices_[2 * i + 1] = {large.memory + static_cast<size_t>(large.first + i) * stride_ + head_, stride_ - head_};
  }
}

int Burst::Receive(int fd, Slots large, Slots small, int32_t* spans, int64_t nanoseconds, bool kernelOnly) {
  Point(large, small);
  const uint32_t room = slots_ - std::max(large.first, small.first);
  for (uint32_t i = 0; !kernelOnly && i < room; i++) {
    messages_[i].msg_hdr.msg_name = &senders_[i];
    messages_[i].msg_hdr.msg_namelen = sizeof senders_[i];
  }
  length_ = truncated_ = 0;
  // The kernel makes a dump while it is read, half a millisecond a datagram. It can watch the clock after each of them, which
  // costs a few per cent where datagrams are small: those go without, and by a coarse clock, once they have been seen to be quick.
  timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const uint64_t start = Clock(slow_ ? CLOCK_MONOTONIC : CLOCK_MONOTONIC_COARSE);
  const int received = recvmmsg(fd, messages_.get(), room, MSG_DONTWAIT, slow_ ? &timeout : nullptr);
  if (received <= 0) return received < 0 ? -errno : 0;
  readAt_ = Clock();
  const uint64_t elapsed = (slow_ ? readAt_ : Clock(CLOCK_MONOTONIC_COARSE)) - start;
  slow_ = elapsed > longestCall && elapsed / received * slots() > static_cast<uint64_t>(nanoseconds);
  // Whole in the large slots, or whole in the small ones: a burst is in one piece of memory.
  uint32_t longest = 0;
  for (int i = 0; i < received; i++) longest = std::max(longest, messages_[i].msg_len);
  short_ = head_ > 0 && longest <= head_;
  const Slots at = short_ ? small : large;
  const uint32_t stride = short_ ? head_ : stride_;
  for (int i = 0; i < received; i++) {
    const msghdr& header = messages_[i].msg_hdr;
    const uint32_t sender = !kernelOnly && header.msg_namelen >= sizeof(sockaddr_nl) ? senders_[i].nl_pid : 0;
    if (sender != 0) {
      foreign_++;
    } else if (header.msg_flags & MSG_TRUNC) {
      truncated_++;
    } else {
      const size_t place = static_cast<size_t>(at.first + i) * stride;
      if (!short_ && head_ > 0) memcpy(at.memory + place, slices_[2 * i].iov_base, std::min(messages_[i].msg_len, head_));
      spans[2 * length_] = static_cast<int32_t>(place);
      spans[2 * length_ + 1] = static_cast<int32_t>(messages_[i].msg_len);
      length_++;
    }
  }
  return received;
}
