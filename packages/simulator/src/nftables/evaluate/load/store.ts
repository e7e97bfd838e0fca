import { be32 } from '@nfkit/inet/bytes'
import { align, putU16, putU32 } from '@nfkit/netlink-codec'
import type { Journey } from '../../../hooks/journey.ts'
import { nftCode, type Step, type Words } from '../../state/chain.ts'

/** Something that can be loaded: a number of so many bytes in host order, or bytes; `undefined` where a packet does not have it. */
export interface Key {
  readonly length: 1 | 2 | 4 | 8 | 16
  read(journey: Journey): number | bigint | Uint8Array | undefined
  /** Where there is a quicker way than to read it. */
  readonly words?: Words
}

/** Loads it; a packet without does not match. */
export function loading(key: Key, at: number): Step {
  const { length, read } = key
  const step: Step = ({ journey, registers }) => {
    const value = read(journey)
    if (value === undefined) return nftCode.break
    if (typeof value === 'number') storeNumber(registers, at, value, length)
    else if (typeof value === 'bigint') storeLong(registers, at, value)
    else storeBytes(registers, at, value)
    return undefined
  }
  const reading: Words = (journey, into, place) => {
    const value = read(journey)
    if (value === undefined) return false
    if (typeof value === 'number') into[place] = wordOf(value, length)
    else putWords(into, place, value as Uint8Array, 0, (value as Uint8Array).length)
    return true
  }
  return length === 8 ? step : Object.assign(step, { words: key.words ?? reading })
}

/** The word of a register that holds a number of so many bytes in host order, as bytes are compared. */
function wordOf(value: number, length: number): number {
  if (length === 1) return value << 24
  const low = (value << 24) | ((value & 0xff00) << 8)
  return length === 2 ? low : low | ((value >>> 8) & 0xff00) | (value >>> 24)
}

/** Bytes as words; the last one is filled with zeros. */
export function putWords(into: Int32Array, place: number, bytes: Uint8Array, from: number, length: number): void {
  let to = place
  let at = from
  const end = from + length
  for (; at + 4 <= end; at += 4) into[to++] = be32(bytes, at)
  if (at === end) return
  let word = bytes[at]! << 24
  if (at + 1 < end) word |= bytes[at + 1]! << 16
  if (at + 2 < end) word |= bytes[at + 2]! << 8
  into[to] = word
}

/** A number in host order; the rest of the register is zeros (nft_reg_store8, nft_reg_store16). */
export function storeNumber(registers: Uint8Array, at: number, value: number, length: number): void {
  if (length === 4) {
    putU32(registers, at, value)
    return
  }
  putU32(registers, at, 0)
  if (length === 1) registers[at] = value
  else putU16(registers, at, value)
}

export function storeLong(registers: Uint8Array, at: number, value: bigint): void {
  putU32(registers, at, Number(value & 0xffff_ffffn))
  putU32(registers, at + 4, Number((value >> 32n) & 0xffff_ffffn))
}

/** Bytes as they are, padded with zeros to whole registers. */
export const storeBytes = (registers: Uint8Array, at: number, bytes: Uint8Array): void =>
  storePart(registers, at, bytes, 0, bytes.length)

/** The same of some bytes among others. They are few: a loop is quicker than a view of them. */
export function storePart(registers: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): void {
  const end = align(length)
  for (let i = 0; i < length; i++) registers[at + i] = bytes[from + i]!
  for (let i = length; i < end; i++) registers[at + i] = 0
}

/** IFNAMSIZ: bytes of a name, padded with zeros. */
export const nameLength = 16

/** A name as registers have it. */
export function padded(text: string): Uint8Array {
  const bytes = new Uint8Array(nameLength)
  new TextEncoder().encodeInto(text, bytes)
  return bytes
}
