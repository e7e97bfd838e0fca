import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../refusal.ts'

/** Bytes of data registers. */
export const registerBytes = 64
/** Numbers of the registers of 4 bytes. */
const first32 = 8
const last32 = 23

/**
 * Where a register's bytes are: 1 to 4 name 16 bytes each, 8 to 23 name 4 (nft_parse_register). Throws `Refusal` for what is none, for the verdict's, and
 * for more bytes than there are behind it.
 */
export function registerAt(register: number | undefined, length: number): number {
  if (register === undefined) throw new Refusal(errno.EINVAL)
  const at = register >= 1 && register <= 4 ? (register - 1) * 16 : register >= first32 && register <= last32 ? (register - first32) * 4 : -1
  if (at < 0) throw new Refusal(register === 0 ? errno.EINVAL : errno.ERANGE)
  if (length <= 0) throw new Refusal(errno.EINVAL)
  if (at + length > registerBytes) throw new Refusal(errno.ERANGE)
  return at
}

/** Which registers were written before in a rule: what was not must not be read (≥ 6.12). */
export class Written {
  readonly #words = new Set<number>()
  readonly #checks: boolean

  constructor(checks: boolean) {
    this.#checks = checks
  }

  write(at: number, length: number): void {
    for (let word = at >> 2; word < (at + length + 3) >> 2; word++) this.#words.add(word)
  }

  /** Throws `Refusal`. */
  read(at: number, length: number): void {
    if (!this.#checks) return
    for (let word = at >> 2; word < (at + length + 3) >> 2; word++) if (!this.#words.has(word)) throw new Refusal(errno.ENODATA)
  }
}
