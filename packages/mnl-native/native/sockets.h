#pragma once

#include <cstdint>
#include <memory>
#include <vector>

class Socket;

/** The open sockets of an environment, by number: to find the one that a method was called on would cost as much as half of the call. */
class Sockets {
 public:
  uint32_t Add(Socket* socket) {
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
  }

  /** Null where there is none. */
  Socket* At(uint32_t number) const { return number < all_.size() ? all_[number] : nullptr; }

 private:
  std::vector<Socket*> all_;
  std::vector<uint32_t> free_;
};

/** As it is kept with the environment, and by each socket: which of them goes first when the environment ends is not said. */
using KeptSockets = std::shared_ptr<Sockets>;
