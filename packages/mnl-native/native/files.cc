#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int OpenFile(const char* path) {
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0));
  return file < 0 ? -errno : file;
}

static int Identity(int file, struct statx* identity) {
  return syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_INO, identity) < 0 ? -errno : 0;
}

int IsSameFile(int one, int other) {
  struct statx first;
  struct statx second;
  if (const int error = Identity(one, &first)) return error;
  if (const int error = Identity(other, &second)) return error;
  return first.stx_dev_major == second.stx_dev_major && first.stx_dev_minor == second.stx_dev_minor &&
         first.stx_ino == second.stx_ino;
}
