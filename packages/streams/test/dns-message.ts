import { joined } from './split.ts'

const be16 = (value: number) => [value >> 8, value & 0xff]
const be32 = (value: number) => [...be16(value >>> 16), ...be16(value & 0xffff)]

/** A name without compression. */
export const nameOf = (text: string): Uint8Array =>
  joined(...(text === '.' ? [] : text.split('.').map((label) => [label.length, ...Buffer.from(label, 'latin1')])), [0])

export const question = (name: string, type = 1, klass = 1): Uint8Array => joined(nameOf(name), be16(type), be16(klass))

export const resourceRecord = (
  name: ArrayLike<number>,
  type: number,
  data: ArrayLike<number>,
  klass = 1,
  ttl = 60,
): Uint8Array => joined(name, be16(type), be16(klass), be32(ttl), be16(data.length), data)

export interface MessageParts {
  readonly id?: number
  readonly flags?: number
  readonly questions?: readonly Uint8Array[]
  readonly answers?: readonly Uint8Array[]
  readonly authorities?: readonly Uint8Array[]
  readonly additionals?: readonly Uint8Array[]
}

/** A DNS message of these parts. */
export function dnsMessage(parts: MessageParts): Uint8Array {
  const sections = [parts.questions ?? [], parts.answers ?? [], parts.authorities ?? [], parts.additionals ?? []]
  return joined(
    be16(parts.id ?? 0x1234),
    be16(parts.flags ?? 0x0100),
    ...sections.map((list) => be16(list.length)),
    ...sections.flat(),
  )
}

/** With its length in front, as over TCP. */
export const overTcp = (message: Uint8Array): Uint8Array => joined(be16(message.length), message)
