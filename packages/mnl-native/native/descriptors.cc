#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/** So many descriptors the kernel takes at once (SCM_MAX_FD, include/net/scm.h). */
constexpr size_t most = 253;

// As a number, for the name of fcntl(2) depends on the libc.
int Duplicate(int fd) {
  const auto copy = static_cast<int>(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3));
  return copy < 0 ? -errno : copy;
}

int SendDescriptors(const char* path, size_t pathLength, const void* text, size_t length, const int32_t* fds, size_t count) {
  sockaddr_un address{};
  if (count > most || pathLength == 0 || pathLength >= sizeof address.sun_path) return -EINVAL;
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path, pathLength);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';

  alignas(cmsghdr) char control[CMSG_SPACE(most * sizeof(int))] = {};
  iovec slice{const_cast<void*>(text), length};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + pathLength);
  message.msg_iov = &slice;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
  }

  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  const int result = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
  ::close(fd);
  return result;
}
