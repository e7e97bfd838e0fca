import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Selector } from '../conditions/selector.ts'
import { masked, moved, type Steps } from './steps.ts'

/** The bits of its bytes that a field is; `undefined` when it is all of them. */
export const bitsOf = ({ load }: Selector) => (load.from === 'payload' ? load.bits : undefined)

/** Bytes of a number that lies so far left in them. */
export function shifted(bytes: Uint8Array, by: number): Uint8Array {
  return numberOf(bytes.length, bytes.reduce((sum, byte) => 256 * sum + byte, 0) * 2 ** by)
}

/** Keeps the bits of a field in a register, where they are. */
export function kept({ length }: Selector, { shift, count }: { shift: number; count: number }, at: number): Expression {
  return masked(shifted(numberOf(length, 2 ** count - 1), shift), undefined, at)
}

/** Makes a register the number that the bits of a field are. */
export function alone(steps: Steps, selector: Selector, at: number): void {
  const bits = bitsOf(selector)
  if (bits === undefined) return
  steps.push(kept(selector, bits, at))
  if (bits.shift > 0) steps.push(moved(selector.length, bits.shift, at))
}

const numberOf = (length: number, number: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Math.floor(number / 256 ** (length - 1 - i)) & 0xff)
