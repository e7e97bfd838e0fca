/** Names of the error numbers netfilter answers (include/uapi/asm-generic/errno*.h; 524 is the kernel's own and leaks). */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EMLINK: 31,
  ERANGE: 34,
  ENODATA: 61,
  ETIME: 62,
  EPROTO: 71,
  EBADMSG: 74,
  ERESTART: 85,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENOBUFS: 105,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EALREADY: 114,
  ESTALE: 116,
  ENOTSUPP: 524,
} as const

/** A name of `errno`: `EPERM`. */
export type Errno = keyof typeof errno

const names = new Map<number, string>(Object.entries(errno).map(([name, number]) => [number, name]))

/** `ENOENT` for 2; `errno 9999` for a number without a name here. */
export function errnoName(number: number): string {
  return names.get(number) ?? `errno ${number}`
}
