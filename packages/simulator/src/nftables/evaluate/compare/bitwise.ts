import { errno, putU32, u32 } from '@nfkit/netlink-codec'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../../netlink/refusal.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, needed, registerOf } from '../context.ts'
import { constant } from './compare.ts'

const joins: { readonly [op: string]: (a: number, b: number) => number } = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
}

/** Changes bits of a register (nft_bitwise_eval, net/netfilter/nft_bitwise.c). */
export function bitwise(data: ExpressionData<'bitwise'>, _: Context): Step {
  const { op = 'maskXor' } = data
  const length = needed(data.len)
  const [from, to] = [registerOf(data.sreg), registerOf(data.dreg)]
  if (op === 'maskXor') {
    const [mask, xor] = [constant(data.mask), constant(data.xor)]
    if (mask.length !== length || xor.length !== length) throw new Refusal(errno.EINVAL)
    return ({ registers }) => {
      for (let i = 0; i < length; i++) registers[to + i] = (registers[from + i]! & mask[i]!) ^ xor[i]!
      return undefined
    }
  }
  if (op === 'lshift' || op === 'rshift') {
    const shift = shiftOf(data)
    const act = op === 'lshift' ? shiftLeft : shiftRight
    return ({ registers }) => act(registers, from, to, Math.ceil(length / 4), shift)
  }
  const join = joins[op] ?? refuse()
  const other = registerOf(data.sreg2)
  return ({ registers }) => {
    for (let i = 0; i < length; i++) registers[to + i] = join(registers[from + i]!, registers[other + i]!)
    return undefined
  }
}

const wordBits = 32

function shiftOf({ data }: ExpressionData<'bitwise'>): number {
  const bytes = constant(data)
  const shift = bytes.length === 4 ? u32(bytes, 0) : wordBits
  return shift < wordBits ? shift : refuse()
}

function refuse(): never {
  throw new Refusal(errno.EINVAL)
}

/** Words in host order, of which the first is the highest. */
function shiftLeft(registers: Uint8Array, from: number, to: number, words: number, shift: number): undefined {
  let carry = 0
  for (let i = words - 1; i >= 0; i--) {
    const word = u32(registers, from + 4 * i)
    putU32(registers, to + 4 * i, ((word << shift) | carry) >>> 0)
    carry = shift === 0 ? 0 : word >>> (wordBits - shift)
  }
}

function shiftRight(registers: Uint8Array, from: number, to: number, words: number, shift: number): undefined {
  let carry = 0
  for (let i = 0; i < words; i++) {
    const word = u32(registers, from + 4 * i)
    putU32(registers, to + 4 * i, (carry | (word >>> shift)) >>> 0)
    carry = shift === 0 ? 0 : word << (wordBits - shift)
  }
}

const sizes: readonly number[] = [2, 4, 8]

/** Turns numbers over: both directions do the same on a little-endian host (nft_byteorder_eval). */
export function byteorder(data: ExpressionData<'byteorder'>, _: Context): Step {
  const [length, size] = [needed(data.len), needed(data.size)]
  const [from, to] = [registerOf(data.sreg), registerOf(data.dreg)]
  if (!sizes.includes(size) || typeof data.op !== 'string') refuse()
  return ({ registers }) => {
    for (let at = 0; at + size <= length; at += size)
      registers.set(registers.slice(from + at, from + at + size).reverse(), to + at)
    return undefined
  }
}
