#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

struct mnl_socket;

/** A system call that failed; `syscall` is null when none did. */
struct Failure {
  const char* syscall;
  int error;
};

/**
 * One netlink socket through libmnl. Functions that return int return -errno on failure, and -EBADF once closed.
 * Knows nothing of JavaScript.
 */
class Netlink {
 public:
  Netlink() = default;
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;
  ~Netlink() { Close(); }

  /**
   * `protocol` is `NETLINK_*`. `netns` is the path of a network namespace, or null for that of the calling thread. Port id 0 lets the kernel choose. Leaves
   * nothing open when it fails, and refuses with EISCONN when open.
   */
  Failure Open(int protocol, uint32_t portId, const char* netns);
  /**
   * Take over the open netlink socket `fd`: from then on it is ours, and closed on exec. One that fails stays the caller's, as it was. `adopt` fails with
   * EBADF, ENOTSOCK, EAFNOSUPPORT (no netlink), EPROTOTYPE (another protocol), EADDRNOTAVAIL (not bound), EXDEV (another network namespace
   * than `netns` says, as for Open).
   */
  Failure Adopt(int fd, int protocol, const char* netns);
  void Close();
  bool open() const { return socket_ != nullptr; }
  int fd() const { return fd_; }
  uint32_t portId() const;
  /** The namespace of the socket, when a path was given, else -1. Lives as long as the socket. */
  int netns() const { return netns_; }
  /** Append a file as a thread in that namespace reads it: /proc/thread-self/net is another one there. */
  int ReadThere(const char* path, std::string* text) const;
  /** Whether it may have been in a multicast group, and hear others than the kernel. */
  bool grouped() const { return grouped_; }

  /** To the kernel. */
  int Send(const uint8_t* bytes, size_t length);
  /** A `NETLINK_*` option that takes an int. */
  int Option(int option, int value);
  /** Ask for `bytes` as getsockopt reports them; returns what was granted. */
  int ReceiveBuffer(int bytes);
  int SendBuffer(int bytes);
  int receiveBuffer() const;
  int sendBuffer() const;
  /** `count` instructions of `struct sock_filter`; none detaches. */
  int Filter(const void* program, size_t count);
  /** Fill `values` with SO_MEMINFO (`SK_MEMINFO_*`, include/uapi/linux/sock_diag.h). */
  int MemoryInfo(uint32_t (&values)[9]) const;
  /** Write the name of an interface of the socket's namespace, at most 16 bytes with its NUL. */
  int InterfaceName(int index, char* name) const;

 private:
  Failure Connect(int protocol, uint32_t portId, const char* netns);
  Failure TakeOver(int fd, int protocol, const char* netns);
  /** No other process can send to a socket that is connected to the kernel (netlink_getsockbyportid), except by multicast. */
  static int ConnectToKernel(int fd);
  int Resize(int force, int plain, int bytes);
  int Get(int option) const;

  mnl_socket* socket_ = nullptr;
  /** What libmnl keeps, at hand: each burst and each send asks for it. */
  int fd_ = -1;
  int netns_ = -1;
  bool grouped_ = false;
};
