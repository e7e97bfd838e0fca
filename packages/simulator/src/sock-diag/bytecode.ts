import { samePrefix } from '@nfkit/inet'
import { u16, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type End, mapped, type ProgramSocket } from './program-socket.ts'

/** `INET_DIAG_BC_*`. */
export const code = {
  nop: 0,
  jump: 1,
  sourceAtLeast: 2,
  sourceAtMost: 3,
  destinationAtLeast: 4,
  destinationAtMost: 5,
  automatic: 6,
  sourceHost: 7,
  destinationHost: 8,
  device: 9,
  mark: 10,
  sourceEqual: 11,
  destinationEqual: 12,
  cgroup: 13,
} as const
const anyPort = 0xffff_ffff

/**
 * Whether a program that was audited accepts a socket: it does where the end is reached exactly (inet_diag_bc_run, net/ipv4/inet_diag.c). A cgroup has no
 * ancestors here, and no port was chosen by the kernel.
 */
export function accepts(program: Uint8Array, socket: ProgramSocket): boolean {
  let at = 0
  while (at < program.length) {
    const yes = program[at + 1]!
    const no = u16(program, at + 2)
    at += test(program, at, socket) ? yes : no
  }
  return at === program.length
}

function test(program: Uint8Array, at: number, socket: ProgramSocket): boolean {
  switch (program[at]) {
    case code.nop:
      return true
    case code.jump:
      return false
    case code.sourceAtLeast:
      return socket.local.port >= u16(program, at + 6)
    case code.sourceAtMost:
      return socket.local.port <= u16(program, at + 6)
    case code.destinationAtLeast:
      return socket.far.port >= u16(program, at + 6)
    case code.destinationAtMost:
      return socket.far.port <= u16(program, at + 6)
    case code.sourceHost:
      return host(program, at + 4, socket.local)
    case code.destinationHost:
      return host(program, at + 4, socket.far)
    case code.device:
      return socket.interface === u32(program, at + 4)
    case code.mark:
      return (socket.mark & u32(program, at + 8)) === u32(program, at + 4)
    case code.sourceEqual:
      return socket.local.port === u16(program, at + 6)
    case code.destinationEqual:
      return socket.far.port === u16(program, at + 6)
    case code.cgroup:
      return socket.cgroupId === BigInt(u32(program, at + 4)) + (BigInt(u32(program, at + 8)) << 32n)
    default:
      return false
  }
}

/** Whether an end has the port, if one is wanted, and the bits of the address; IPv4 is found in IPv6, too. */
function host(program: Uint8Array, at: number, { address, port }: End): boolean {
  const wanted = u32(program, at + 4)
  if (wanted !== anyPort && wanted !== port) return false
  const of = program[at]
  const own = address.length === 4 ? family.ipv4 : family.ipv6
  if (of !== family.unspec && of !== own && !(of === family.ipv4 && isMapped(address))) return false
  const start = of === family.ipv4 && own === family.ipv6 ? mapped.length : 0
  return samePrefix(program, at + 8, address, start, program[at + 1]!)
}

const isMapped = (address: Uint8Array): boolean => mapped.every((byte, i) => byte === address[i])
