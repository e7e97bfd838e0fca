import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

/** `AT_SECURE` (include/uapi/linux/auxvec.h). */
const atSecure = 23n
/** Bytes of an `unsigned long`; an entry has two. */
const size = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8

/**
 * Whether the kernel started this process with more privilege than its caller had: by a set-user-ID or set-group-ID bit, or capabilities
 * of the file. Then the environment is the caller's, and what it says must not be done. Where the kernel does not tell, it is so.
 */
export function isPrivilegeRaised(): boolean {
  const { getuid, geteuid, getgid, getegid } = process
  if (getuid?.() !== geteuid?.() || getgid?.() !== getegid?.()) return true
  try {
    return secureIn(readFileSync('/proc/self/auxv')) !== 0n
  } catch {
    return true
  }
}

/** The value of AT_SECURE; 1 where there is none. */
function secureIn(auxv: Buffer): bigint {
  for (let at = 0; at + 2 * size <= auxv.length; at += 2 * size)
    if (word(auxv, at) === atSecure) return word(auxv, at + size)
  return 1n
}

function word(auxv: Buffer, at: number): bigint {
  if (size === 4) return BigInt(endianness() === 'LE' ? auxv.readUInt32LE(at) : auxv.readUInt32BE(at))
  return endianness() === 'LE' ? auxv.readBigUInt64LE(at) : auxv.readBigUInt64BE(at)
}
