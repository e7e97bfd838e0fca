#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "netlink.h"

// A socket that another process, or another `Netlink`, has opened.

namespace {

/** What is wrong with a descriptor, as a system call named `adopt` would say it. */
Failure Refused(int error) { return {"adopt", error}; }

/** 0, or why this is no bound socket of the protocol: EBADF, ENOTSOCK, EAFNOSUPPORT, EPROTOTYPE, EADDRNOTAVAIL. */
int WhyNoSocket(int fd, int protocol) {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) < 0) return errno;
  if (value != AF_NETLINK) return EAFNOSUPPORT;
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length) < 0) return errno;
  if (value != protocol) return EPROTOTYPE;
  sockaddr_nl name{};
  length = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) < 0) return errno;
  return name.nl_pid == 0 ? EADDRNOTAVAIL : 0;
}

/** A failure when the socket is in another network namespace than `netns`, a descriptor, or than the calling thread where that is -1. */
Failure WhyNotIn(int netns, int fd) {
  const int own = ioctl(fd, SIOCGSKNS);
  if (own < 0) return {"ioctl", errno};
  const int expected = netns < 0 ? OpenFile("/proc/thread-self/ns/net") : netns;
  const int same = expected < 0 ? expected : IsSameFile(own, expected);
  ::close(own);
  if (netns < 0 && expected >= 0) ::close(expected);
  return same < 0 ? Failure{"open", -same} : same == 0 ? Refused(EXDEV) : Failure{nullptr, 0};
}

/** Whether the socket is, or was, in a multicast group: the kernel keeps a list of groups for it since (netlink_realloc_groups). */
bool HasGroups(int fd) {
  socklen_t length = 0;
  return getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, nullptr, &length) < 0 || length > 0;
}

}  // namespace

Failure Netlink::Adopt(int fd, int protocol, const char* netns) {
  if (open()) return {"socket", EISCONN};
  const Failure failure = TakeOver(fd, protocol, netns);
  // The descriptor is the caller's still.
  if (failure.syscall) Close();
  return failure;
}

Failure Netlink::TakeOver(int fd, int protocol, const char* netns) {
  if (const int error = WhyNoSocket(fd, protocol)) return Refused(error);
  if (netns && (netns_ = OpenFile(netns)) < 0) return {"open", -netns_};
  if (const Failure elsewhere = WhyNotIn(netns_, fd); elsewhere.syscall) return elsewhere;
  int on = 1;
  if (ioctl(fd, FIOCLEX) < 0 || ioctl(fd, FIONBIO, &on) < 0) return {"ioctl", errno};
  if (const int error = ConnectToKernel(fd)) return {"connect", -error};
  grouped_ = HasGroups(fd);
  if ((socket_ = mnl_socket_fdopen(fd))) fd_ = fd;
  return socket_ ? Failure{nullptr, 0} : Failure{"getsockname", errno};
}
