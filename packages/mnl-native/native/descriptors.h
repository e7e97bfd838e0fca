#pragma once

#include <cstddef>
#include <cstdint>

/** Another descriptor of the same open file, closed on exec, or -errno. */
int Duplicate(int fd);

/**
 * Send one datagram with descriptors (SCM_RIGHTS) to a Unix socket: 0, or -errno; -EAGAIN when the receiver has no room. `path` begins with @
 * for the abstract namespace.
 */
int SendDescriptors(const char* path, size_t pathLength, const void* text, size_t length, const int32_t* fds, size_t count);
