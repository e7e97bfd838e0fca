import { be16, be32 } from '@nfkit/inet/bytes'
import { errno } from '@nfkit/netlink-codec'
import { type BpfInstruction, TransportError } from '@nfkit/netlink-transport'
import { ancillaryOffset, findAttribute } from './bpf-ancillary.ts'

const instructionLimit = 4096
const memorySlots = 16

/** Classic BPF as attached with SO_ATTACH_FILTER (include/uapi/linux/filter.h); refused programs throw `EINVAL`. */
export class BpfProgram {
  readonly #code: readonly BpfInstruction[]

  constructor(code: readonly BpfInstruction[]) {
    if (!valid(code)) throw new TransportError('setsockopt', errno.EINVAL)
    this.#code = code.map((instruction) => ({ ...instruction }))
  }

  /** As much of a datagram as passes; `undefined` when it is swallowed. */
  pass(datagram: Uint8Array): Uint8Array | undefined {
    const accepted = this.run(datagram)
    if (accepted === 0) return undefined
    return accepted < datagram.length ? datagram.slice(0, accepted) : datagram
  }

  /** Bytes of the datagram that pass; 0 swallows it. A load beyond the end swallows it, too. */
  run(packet: Uint8Array): number {
    const memory = new Uint32Array(memorySlots)
    let a = 0
    let x = 0
    for (let pc = 0; ; pc++) {
      const { code, jt, jf, k } = this.#code[pc]!
      const operand = code & 0x08 ? x : k >>> 0
      switch (code & 0x07) {
        case 0x00: // BPF_LD
        case 0x01: {
          const loaded = load(packet, code, k >>> 0, a, x, memory)
          if (loaded === undefined) return 0
          if ((code & 0x07) === 0) a = loaded
          else x = loaded
          break
        }
        case 0x02: // BPF_ST
          memory[k] = a
          break
        case 0x03: // BPF_STX
          memory[k] = x
          break
        case 0x04: {
          const result = calculate(code & 0xf0, a, operand)
          if (result === undefined) return 0
          a = result
          break
        }
        case 0x05:
          if ((code & 0xf0) === 0) pc += k
          else pc += jumps(code & 0xf0, a, operand) ? jt : jf
          break
        case 0x06:
          return (code & 0x18) === 0x10 ? a : k >>> 0
        default: // BPF_MISC
          if (code & 0x80) a = x
          else x = a
      }
    }
  }
}

function load(
  packet: Uint8Array,
  code: number,
  k: number,
  a: number,
  x: number,
  memory: Uint32Array,
): number | undefined {
  switch (code & 0xe0) {
    case 0x00:
      return k
    case 0x60:
      return memory[k]
    case 0x80:
      return packet.length
    case 0xa0: {
      const byte = packet[k]
      return byte === undefined ? undefined : 4 * (byte & 0xf)
    }
    case 0x20:
      if (k >= ancillaryOffset) return findAttribute(packet, k - ancillaryOffset, a, x)
      return read(packet, k, code & 0x18)
    default:
      return read(packet, x + k, code & 0x18)
  }
}

function read(packet: Uint8Array, at: number, size: number): number | undefined {
  if (size === 0x10) return packet[at]
  if (size === 0x08) return at + 2 <= packet.length ? be16(packet, at) : undefined
  return at + 4 <= packet.length ? be32(packet, at) : undefined
}

function calculate(operation: number, a: number, b: number): number | undefined {
  switch (operation) {
    case 0x00:
      return (a + b) >>> 0
    case 0x10:
      return (a - b) >>> 0
    case 0x20:
      return Math.imul(a, b) >>> 0
    case 0x30:
      return b === 0 ? undefined : Math.floor(a / b)
    case 0x40:
      return (a | b) >>> 0
    case 0x50:
      return (a & b) >>> 0
    case 0x60:
      return (a << b) >>> 0
    case 0x70:
      return a >>> b
    case 0x80:
      return -a >>> 0
    case 0x90:
      return b === 0 ? undefined : a % b
    default:
      return (a ^ b) >>> 0
  }
}

function jumps(condition: number, a: number, b: number): boolean {
  if (condition === 0x10) return a === b
  if (condition === 0x20) return a > b
  if (condition === 0x30) return a >= b
  return (a & b) !== 0
}

const arithmetic = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0].flatMap((one) => [
  one | 0x04,
  one | 0x0c,
])
const jumping = [0x10, 0x20, 0x30, 0x40].flatMap((one) => [one | 0x05, one | 0x0d])
const loading = [0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x81, 0xb1, 0x01, 0x61]
const others = [0x02, 0x03, 0x05, 0x06, 0x16, 0x07, 0x87, 0x84]

/** Every operation classic BPF has. */
const operations: ReadonlySet<number> = new Set([...arithmetic, ...jumping, ...loading, ...others])

/** What bpf_check_classic (net/core/filter.c) demands: known operations, jumps that land inside, and a return at the end. */
function valid(code: readonly BpfInstruction[]): boolean {
  const { length } = code
  if (length === 0 || length > instructionLimit || (code[length - 1]!.code & 0x07) !== 0x06) return false
  return code.every(({ code: operation, jt, jf, k }, at) => {
    if (!operations.has(operation)) return false
    switch (operation & 0x07) {
      case 0x02:
      case 0x03:
        return k < memorySlots
      case 0x00:
      case 0x01:
        return (operation & 0xe0) !== 0x60 || k < memorySlots
      case 0x04:
        return (
          !(k === 0 && (operation === 0x34 || operation === 0x94)) &&
          !(k > 31 && (operation === 0x64 || operation === 0x74))
        )
      case 0x05:
        return (operation & 0xf0) === 0 ? at + 1 + k < length : at + 1 + Math.max(jt, jf) < length
      default:
        return true
    }
  })
}
