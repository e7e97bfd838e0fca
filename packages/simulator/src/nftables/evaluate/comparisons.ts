import { errno } from '@nfkit/netlink-codec'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import { compareBytes, host32, sameBytes } from './bytes.ts'
import { type CompileContext, needed, reads, writes } from './context.ts'
import type { Step } from './step.ts'

const tests: { readonly [op: string]: (order: number) => boolean } = {
  eq: (order) => order === 0,
  neq: (order) => order !== 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
}

function valueOf(data: { readonly value?: Uint8Array | undefined } | undefined): Uint8Array {
  const value = needed(data?.value)
  if (value.length === 0) throw new Refusal(errno.EINVAL)
  return value.slice()
}

/** Goes on where a register compares with a constant as wanted. */
function cmp({ sreg, op, data }: ExpressionData<'cmp'>, context: CompileContext): Step {
  const value = valueOf(data)
  const at = reads(context, sreg, value.length)
  const holds = typeof op === 'string' ? tests[op] : undefined
  if (!holds) throw new Refusal(errno.EINVAL)
  return { run: ({ registers }) => (holds(compareBytes(registers.subarray(at, at + value.length), value)) ? undefined : 'break') }
}

function range({ sreg, op, fromData, toData }: ExpressionData<'range'>, context: CompileContext): Step {
  const [from, to] = [valueOf(fromData), valueOf(toData)]
  if (from.length !== to.length) throw new Refusal(errno.EINVAL)
  const at = reads(context, sreg, from.length)
  if (op !== 'eq' && op !== 'neq') throw new Refusal(errno.EINVAL)
  return {
    run: ({ registers }) => {
      const value = registers.subarray(at, at + from.length)
      const isWithin = compareBytes(from, value) <= 0 && compareBytes(value, to) <= 0
      return isWithin === (op === 'eq') ? undefined : 'break'
    },
  }
}

function bitwise(data: ExpressionData<'bitwise'>, context: CompileContext): Step {
  const { sreg, dreg, sreg2, op = 'maskXor' } = data
  const length = needed(data.len)
  const from = reads(context, sreg, length)
  if (op === 'maskXor') {
    const [mask, xor] = [valueOf(data.mask), valueOf(data.xor)]
    if (mask.length !== length || xor.length !== length) throw new Refusal(errno.EINVAL)
    const to = writes(context, dreg, length)
    return { run: ({ registers }) => each(length, (i) => (registers[to + i] = (registers[from + i]! & mask[i]!) ^ xor[i]!)) }
  }
  if (op === 'lshift' || op === 'rshift') {
    const shift = host32(valueOf(data.data), 0)
    if (shift >= 32) throw new Refusal(errno.EINVAL)
    const to = writes(context, dreg, length)
    return { run: ({ registers }) => shifted(registers, from, to, length, op === 'lshift' ? shift : -shift) }
  }
  if (!context.host.profile.nftRegisterBits) throw new Refusal(errno.EOPNOTSUPP)
  const other = reads(context, sreg2, length)
  const to = writes(context, dreg, length)
  const join: { readonly [op: string]: (a: number, b: number) => number } = {
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
  }
  const joined = join[op]
  if (!joined) throw new Refusal(errno.EINVAL)
  return { run: ({ registers }) => each(length, (i) => (registers[to + i] = joined(registers[from + i]!, registers[other + i]!))) }
}

function each(count: number, act: (i: number) => void): undefined {
  for (let i = 0; i < count; i++) act(i)
}

/** Words in host order, the first the highest (nft_bitwise_eval_lshift). */
function shifted(registers: Uint8Array, from: number, to: number, length: number, by: number): undefined {
  const view = new DataView(registers.buffer, registers.byteOffset)
  const words = Math.ceil(length / 4)
  const read = Array.from({ length: words }, (_, i) => view.getUint32(from + 4 * i, true))
  const amount = Math.abs(by)
  const carry = (word: number | undefined, bits: number) => (amount === 0 || word === undefined ? 0 : bits)
  read.forEach((word, i) => {
    const value =
      by >= 0
        ? (word << amount) | carry(read[i + 1], (read[i + 1] ?? 0) >>> (32 - amount))
        : (word >>> amount) | carry(read[i - 1], (read[i - 1] ?? 0) << (32 - amount))
    view.setUint32(to + 4 * i, value >>> 0, true)
  })
}

const sizes: readonly number[] = [2, 4, 8]

/** Both directions turn numbers over on a little-endian host. */
function byteorder(data: ExpressionData<'byteorder'>, context: CompileContext): Step {
  const [length, size] = [needed(data.len), needed(data.size)]
  if (!sizes.includes(size) || typeof data.op !== 'string') throw new Refusal(errno.EINVAL)
  const from = reads(context, data.sreg, length)
  const to = writes(context, data.dreg, length)
  return {
    run: ({ registers }) => {
      const bytes = registers.slice(from, from + length)
      for (let at = 0; at + size <= length; at += size) registers.set(bytes.subarray(at, at + size).slice().reverse(), to + at)
      return undefined
    },
  }
}

export const comparisons = { cmp, range, bitwise, byteorder }
export { sameBytes }
