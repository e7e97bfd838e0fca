/**
 * What the methods of any transport may be called with. Each returns what it is given, or throws `RangeError` or
 * `TypeError` with its name: what is no number for a field must not be cut to its size.
 */
import { all, type Checks, shown, whole, word } from './check.ts'
import type { BpfInstruction, BufferSizes, SocketOption, Transport } from './transport.ts'

const largestInt = 0x7fff_ffff

const sizeChecks: Checks<BufferSizes> = {
  receive: (bytes) => whole('receive', bytes, 0, largestInt),
  send: (bytes) => whole('send', bytes, 0, largestInt),
}

const options: Readonly<Record<SocketOption, true>> = {
  noEnobufs: true,
  broadcastError: true,
  extendedAck: true,
  capAck: true,
}

/** A multicast group. */
export const group = (value: number): number => whole('group', value, 0, largestInt)

/** A socket option. */
export const option = (value: SocketOption): SocketOption => word('option', value, options)

/** Which netlink protocol: `NETLINK_*` (include/uapi/linux/netlink.h). The kernel has places for 32. */
export const protocol = (value: number): number => whole('protocol', value, 0, 31)

/** Buffer sizes. */
export const sizes = (value: Partial<BufferSizes>): Partial<BufferSizes> => all('buffers', value, sizeChecks)

/** Bytes of the longest datagram a sibling must be able to receive; `Infinity` stands for any. */
export const longest = (value: number): number =>
  value === Number.POSITIVE_INFINITY ? value : whole('longest', value, 0, largestInt)

/** A transport: an object with its methods. */
export function transport<T extends Transport>(value: T): T {
  const given: unknown = value
  if (typeof given === 'object' && given !== null && methods.every((name) => isMethod(given, name))) return value
  const how = typeof given === 'function' ? 'call it' : 'open one'
  throw new TypeError(`transport: ${shown(given)} is no transport: ${how}, with openMnl() or kernel.connect()`)
}

const methods = ['receive', 'send', 'close'] as const satisfies readonly (keyof Transport)[]
const isMethod = (of: object, name: string) => typeof (of as Record<string, unknown>)[name] === 'function'

/** A BPF program. Whether it is one, the kernel says. */
export function program(value: readonly BpfInstruction[]): readonly BpfInstruction[] {
  for (const { code, jt, jf, k } of value) {
    whole('code', code, 0, 0xffff)
    whole('jt', jt, 0, 0xff)
    whole('jf', jf, 0, 0xff)
    whole('k', k, 0, 0xffff_ffff)
  }
  return value
}
