#include "files.h"

#include <fcntl.h>
#include <uv.h>

int OpenFile(const char* path) {
  uv_fs_t request;
  const int file = uv_fs_open(nullptr, &request, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, nullptr);
  uv_fs_req_cleanup(&request);
  return file;
}

static int Status(int file, uv_stat_t* status) {
  uv_fs_t request;
  const int result = uv_fs_fstat(nullptr, &request, file, nullptr);
  *status = request.statbuf;
  uv_fs_req_cleanup(&request);
  return result;
}

int IsSameFile(int one, int other) {
  uv_stat_t first;
  uv_stat_t second;
  if (const int error = Status(one, &first)) return error;
  if (const int error = Status(other, &second)) return error;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}
