#pragma once

/**
 * Open a file to read it: a descriptor, or -errno. By its number, for the name of open(2) depends on the libc. Without O_NONBLOCK the path of
 * a FIFO would be waited for.
 */
int OpenFile(const char* path);

/** 1 when two descriptors are of the same file, else 0, or -errno. */
int IsSameFile(int one, int other);
