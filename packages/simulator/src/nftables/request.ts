import {
  align,
  DecodeError,
  decode,
  errno,
  type Infer,
  type Message,
  messageFlags,
  type Table,
  typeMask,
  u16,
} from '@nfkit/netlink-codec'
import { netfilterHeaderSize, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { Refusal } from '../netlink/refusal.ts'

/** `NLM_F_NONREC`: refuse to delete what has something in it. */
const requestFlags = { ...messageFlags, nonrecursive: 0x100 }

/** One message, with its attributes as values, and where they are. */
export class NftRequest<T extends Table = Table> {
  readonly message: Message
  readonly family: number
  readonly value: Infer<T>
  readonly #table: T

  /** Throws `Refusal` for attributes that cannot be. */
  constructor(message: Message, table: T) {
    this.message = message
    this.family = netfilterOf(message).family
    this.#table = table
    const { bytes, start, end } = message
    try {
      this.value = decode(table, bytes, start + netfilterHeaderSize, end)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw new Refusal(errno.EINVAL)
    }
  }

  has(flag: keyof typeof requestFlags): boolean {
    return (this.message.flags & requestFlags[flag]) !== 0
  }

  /** Where an attribute starts, for who blames it. */
  at(key: keyof T['rows'] & string): number | undefined {
    const { bytes, start, end } = this.message
    return attributeAt(bytes, start + netfilterHeaderSize, end, this.#table.rows[key]!.id)
  }

  /** Where each item of a list starts. */
  placesOf(key: keyof T['rows'] & string): readonly number[] {
    const { bytes } = this.message
    const at = this.at(key)
    if (at === undefined) return []
    const places: number[] = []
    const end = at + u16(bytes, at)
    for (let item = at + 4; item + 4 <= end; item += align(u16(bytes, item))) places.push(item)
    return places
  }

  /** Where an attribute of an item starts. */
  partAt(item: number | undefined, id: number): number | undefined {
    const { bytes } = this.message
    return item === undefined ? undefined : attributeAt(bytes, item + 4, item + u16(bytes, item), id)
  }

  /** The name that must be there. Throws `Refusal`. */
  name(key: keyof T['rows'] & string): string {
    const name = (this.value as { readonly [key: string]: unknown })[key]
    if (typeof name !== 'string') throw new Refusal(errno.EINVAL)
    return name
  }

  /** Refuse, blaming an attribute. */
  refuse(failed: keyof typeof errno, key?: keyof T['rows'] & string): never {
    throw new Refusal(errno[failed], key && this.at(key))
  }
}

function attributeAt(bytes: Uint8Array, from: number, end: number, id: number): number | undefined {
  for (let p = from; p + 4 <= end; p += align(u16(bytes, p))) {
    if (u16(bytes, p) < 4) return undefined
    if ((u16(bytes, p + 2) & typeMask) === id) return p
  }
  return undefined
}
