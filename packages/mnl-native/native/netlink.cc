#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "thread.h"

namespace {

mnl_socket* OpenSocket(int protocol) { return mnl_socket_open2(protocol, SOCK_CLOEXEC); }

/** What the thread that visits a namespace is given, and gives back. */
struct Visit {
  int netns;
  int protocol;
  mnl_socket* socket;
  Failure failure;
};

void OpenElsewhere(void* argument) {
  auto* visit = static_cast<Visit*>(argument);
  if (setns(visit->netns, CLONE_NEWNET) < 0) {
    visit->failure = {"setns", errno};
  } else if (!(visit->socket = OpenSocket(visit->protocol))) {
    visit->failure = {"socket", errno};
  }
}

/** What the thread that reads a file in a namespace is given, and gives back. */
struct Reading {
  int netns;
  const char* path;
  std::string* text;
  int error;
};

void ReadElsewhere(void* argument) {
  auto* reading = static_cast<Reading*>(argument);
  const int file = setns(reading->netns, CLONE_NEWNET) < 0 ? -errno : OpenFile(reading->path);
  if (file < 0) {
    reading->error = -file;
    return;
  }
  char part[4096];
  ssize_t length;
  while ((length = read(file, part, sizeof part)) > 0) reading->text->append(part, length);
  if (length < 0) reading->error = errno;
  ::close(file);
}

int Result(int returned) { return returned < 0 ? -errno : returned; }

}  // namespace

int Netlink::ConnectToKernel(int fd) {
  sockaddr_nl peer{};
  peer.nl_family = AF_NETLINK;
  return Result(connect(fd, reinterpret_cast<sockaddr*>(&peer), sizeof peer));
}

Failure Netlink::Open(int protocol, uint32_t portId, const char* netns) {
  if (open()) return {"socket", EISCONN};
  const Failure failure = Connect(protocol, portId, netns);
  if (failure.syscall) Close();
  return failure;
}

Failure Netlink::Connect(int protocol, uint32_t portId, const char* netns) {
  if (netns) {
    // What is no namespace is refused by setns.
    netns_ = OpenFile(netns);
    if (netns_ < 0) return {"open", -netns_};
    // The namespace of a thread is its own; a thread that ends right away cannot leave ours in the wrong one.
    Visit visit{netns_, protocol, nullptr, {nullptr, 0}};
    Thread thread;
    if (const int error = thread.Start(OpenElsewhere, &visit)) return {"pthread_create", -error};
    thread.Join();
    if (visit.failure.syscall) return visit.failure;
    socket_ = visit.socket;
  } else if (!(socket_ = OpenSocket(protocol))) {
    return {"socket", errno};
  }
  fd_ = mnl_socket_get_fd(socket_);
  if (mnl_socket_bind(socket_, 0, static_cast<pid_t>(portId)) < 0) return {"bind", errno};
  const int error = ConnectToKernel(fd_);
  return error == 0 ? Failure{nullptr, 0} : Failure{"connect", -error};
}

void Netlink::Close() {
  if (socket_) mnl_socket_close(socket_);
  if (netns_ >= 0) ::close(netns_);
  socket_ = nullptr;
  fd_ = netns_ = -1;
}

int Netlink::ReadThere(const char* path, std::string* text) const {
  if (netns_ < 0) return -EBADF;
  Reading reading{netns_, path, text, 0};
  Thread thread;
  if (const int error = thread.Start(ReadElsewhere, &reading)) return error;
  thread.Join();
  return -reading.error;
}

uint32_t Netlink::portId() const { return socket_ ? mnl_socket_get_portid(socket_) : 0; }

int Netlink::Send(const uint8_t* bytes, size_t length) {
  if (!socket_) return -EBADF;
  // With an address, though the socket is connected: without, the kernel wants CAP_NET_ADMIN also of who opened it (__netlink_ns_capable).
  constexpr sockaddr_nl kernel{AF_NETLINK, 0, 0, 0};
  ssize_t sent;
  do {
    sent = sendto(fd_, bytes, length, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int Netlink::Option(int option, int value) {
  if (!socket_) return -EBADF;
  grouped_ |= option == NETLINK_ADD_MEMBERSHIP;
  return Result(mnl_socket_setsockopt(socket_, option, &value, sizeof value));
}

int Netlink::ReceiveBuffer(int bytes) { return Resize(SO_RCVBUFFORCE, SO_RCVBUF, bytes); }
int Netlink::SendBuffer(int bytes) { return Resize(SO_SNDBUFFORCE, SO_SNDBUF, bytes); }
int Netlink::receiveBuffer() const { return Get(SO_RCVBUF); }
int Netlink::sendBuffer() const { return Get(SO_SNDBUF); }

int Netlink::Resize(int force, int plain, int bytes) {
  // The kernel doubles what it is given (sock_setsockopt, net/core/sock.c).
  const int half = bytes / 2 + bytes % 2;
  if (setsockopt(fd(), SOL_SOCKET, force, &half, sizeof half) < 0 &&
      setsockopt(fd(), SOL_SOCKET, plain, &half, sizeof half) < 0) {
    return -errno;
  }
  return Get(plain);
}

int Netlink::Get(int option) const {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd(), SOL_SOCKET, option, &value, &length) < 0 ? -errno : value;
}

int Netlink::Filter(const void* program, size_t count) {
  if (count > UINT16_MAX) return -EINVAL;
  if (count == 0) {
    const int none = 0;
    const int result = Result(setsockopt(fd(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none));
    return result == -ENOENT ? 0 : result;
  }
  const sock_fprog filter{static_cast<unsigned short>(count),
                          static_cast<sock_filter*>(const_cast<void*>(program))};
  return Result(setsockopt(fd(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

int Netlink::MemoryInfo(uint32_t (&values)[9]) const {
  socklen_t length = sizeof values;
  return Result(getsockopt(fd(), SOL_SOCKET, SO_MEMINFO, values, &length));
}

int Netlink::InterfaceName(int index, char* name) const {
  ifreq request{};
  request.ifr_ifindex = index;
  if (ioctl(fd(), SIOCGIFNAME, &request) < 0) return -errno;
  memcpy(name, request.ifr_name, IFNAMSIZ);
  return 0;
}
