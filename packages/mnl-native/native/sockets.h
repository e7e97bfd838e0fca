#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

class Socket;

/**
 * The sockets of an environment, by number: to find the one that a method was called on costs as much as half of a call. The environment holds it, and so does each
 * socket: which of them goes first at the end is not said.
 */
class Sockets {
 public:
  uint32_t Add(Socket* socket) {
    holders_++;
    if (free_.empty()) {
      all_.push_back(socket);
      return static_cast<uint32_t>(all_.size() - 1);
    }
    const uint32_t number = free_.back();
    free_.pop_back();
    all_[number] = socket;
    return number;
  }

  void Remove(uint32_t number) {
    all_[number] = nullptr;
    free_.push_back(number);
    LetGo();
  }

  /** The environment ends. */
  void LetGo() {
    if (--holders_ == 0) delete this;
  }

  /** Null where there is none. */
  Socket* At(uint32_t number) const { return number < all_.size() ? all_[number] : nullptr; }

 private:
  ~Sockets() = default;

  std::vector<Socket*> all_;
  std::vector<uint32_t> free_;
  size_t holders_ = 1;
};
