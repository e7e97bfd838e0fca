import { DecodeError, decode, errno, type Infer, type Message, messageFlags, type Table, typeMask, u16, align } from '@nfkit/netlink-codec'
import { netfilterHeaderSize, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { Refusal } from '../refusal.ts'

/** One message of a transaction, with its attributes as values, and where they are. */
export class NftRequest<T extends Table> {
  readonly message: Message
  readonly family: number
  readonly flags: number
  readonly value: Infer<T>
  readonly #table: T

  /** Throws `Refusal` for attributes that cannot be. */
  constructor(message: Message, table: T) {
    this.message = message
    this.family = netfilterOf(message).family
    this.flags = message.flags
    this.#table = table
    const { bytes, start, end } = message
    try {
      this.value = decode(table, bytes, start + netfilterHeaderSize, end)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw new Refusal(errno.EINVAL)
    }
  }

  has(flag: keyof typeof messageFlags): boolean {
    return (this.flags & messageFlags[flag]) !== 0
  }

  /** Where an attribute starts, for who blames it. */
  at(key: keyof T['rows'] & string): number | undefined {
    const { bytes, start, end } = this.message
    return attributeAt(bytes, start + netfilterHeaderSize, end, this.#table.rows[key]!.id)
  }

  /** Where an item of a list starts. */
  itemAt(key: keyof T['rows'] & string, index: number): number | undefined {
    const { bytes } = this.message
    const at = this.at(key)
    if (at === undefined) return undefined
    let item = at + 4
    for (let i = 0; i < index; i++) item += align(u16(bytes, item))
    return item
  }

  /** The name that must be there. Throws `Refusal`. */
  name(key: keyof T['rows'] & string): string {
    const name = (this.value as Record<string, unknown>)[key]
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
