import { errno, headerSize, putU16, putU32 } from '@nfkit/netlink-codec'
import { subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { typeNumbers } from '../protocol.ts'
import { type Field, StraceError, type Value } from './value.ts'

const flags: { readonly [name: string]: number } = {
  NLM_F_REQUEST: 1,
  NLM_F_MULTI: 2,
  NLM_F_ACK: 4,
  NLM_F_ECHO: 8,
  NLM_F_DUMP_INTR: 0x10,
  NLM_F_DUMP_FILTERED: 0x20,
  NLM_F_ROOT: 0x100,
  NLM_F_REPLACE: 0x100,
  NLM_F_CAPPED: 0x100,
  NLM_F_NONREC: 0x100,
  NLM_F_MATCH: 0x200,
  NLM_F_EXCL: 0x200,
  NLM_F_ACK_TLVS: 0x200,
  NLM_F_BULK: 0x200,
  NLM_F_DUMP: 0x300,
  NLM_F_ATOMIC: 0x400,
  NLM_F_CREATE: 0x400,
  NLM_F_APPEND: 0x800,
}
/** Families as numbers: strace names them all as those of sockets. 1 is inet in nf_tables. */
const families: { readonly [name: string]: number } = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_LOCAL: 1,
  AF_INET: 2,
  AF_AX25: 3,
  AF_APPLETALK: 5,
  AF_BRIDGE: 7,
  AF_INET6: 10,
}
const controls: { readonly [name: string]: number } = { NLMSG_NOOP: 1, NLMSG_ERROR: 2, NLMSG_DONE: 3, NLMSG_OVERRUN: 4 }
/** Flags of a type, and the attributes of a refusal: others strace leaves as numbers. */
const attributes: { readonly [name: string]: number } = {
  NLA_F_NESTED: 0x8000,
  NLA_F_NET_BYTEORDER: 0x4000,
  NLMSGERR_ATTR_MSG: 1,
  NLMSGERR_ATTR_OFFS: 2,
  NLMSGERR_ATTR_COOKIE: 3,
  NLMSGERR_ATTR_POLICY: 4,
}
const systems = new Map(
  Object.entries(subsystem).map(([name, number]) => [name.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase(), number]),
)

const structOf = (value: Value | undefined, name: string): readonly Field[] | undefined =>
  value?.kind === 'struct' && value.fields.some((field) => field.name === name) ? value.fields : undefined

/** A message as strace takes it apart: its header, and what follows. */
type Taken = Extract<Value, { readonly kind: 'array' }>

/** The value, where it is a message. */
export const messageIn = (value: Value): Taken | undefined =>
  value.kind === 'array' && structOf(value.values[0], 'nlmsg_len') !== undefined ? value : undefined

/** The bytes of a message. Throws `StraceError` where they are not as many as it says. */
export function messageBytes({ values: [header, ...rest] }: Taken): Uint8Array {
  const fields = structOf(header, 'nlmsg_len')!
  const length = numberIn(fields, 'nlmsg_len')
  if (length > 1 << 20 || length < headerSize) throw new StraceError(`a message of ${length} bytes`)
  const bytes = headerBytes(fields, length)
  const body = joined(rest.map(bodyBytes))
  const isWhole = align(headerSize + body.length) === align(length)
  if (!isWhole)
    throw new StraceError(
      `${headerSize + body.length} of ${length} bytes are there: strace prints all with -v -s 65535`,
    )
  return joined([bytes, body.subarray(0, align(length) - headerSize)])
}

function headerBytes(fields: readonly Field[], length: number): Uint8Array {
  const bytes = new Uint8Array(headerSize)
  putU32(bytes, 0, length)
  putU16(bytes, 4, numberIn(fields, 'nlmsg_type', typeOf))
  putU16(
    bytes,
    6,
    numberIn(fields, 'nlmsg_flags', (word) => flags[word]),
  )
  putU32(bytes, 8, numberIn(fields, 'nlmsg_seq'))
  putU32(bytes, 12, numberIn(fields, 'nlmsg_pid'))
  return bytes
}

/** What follows a header: a struct, an attribute, many of them, bytes, or a number of 32 bits. */
function bodyBytes(value: Value): Uint8Array {
  if (value.kind === 'bytes') return value.bytes
  if (value.kind === 'word') return int32(numberOf(value.text, errorOf))
  if (value.kind === 'array') {
    const [first, ...payload] = value.values
    const attribute = structOf(first, 'nla_len')
    return attribute === undefined ? joined(value.values.map(bodyBytes)) : attributeBytes(attribute, payload)
  }
  if (structOf(value, 'nfgen_family')) return nfgenmsg(value.fields)
  if (structOf(value, 'nla_len')) return attributeBytes(value.fields, [])
  if (structOf(value, 'error')) return errorBytes(value.fields)
  if (structOf(value, 'nlmsg_len')) return headerBytes(value.fields, numberIn(value.fields, 'nlmsg_len'))
  throw new StraceError(`a struct of ${value.fields.map(({ name }) => name).join(', ')} is not of netfilter`)
}

function nfgenmsg(fields: readonly Field[]): Uint8Array {
  const id = numberIn(fields, 'res_id', (word) => numberOf(/^htons\((\w+)\)$/.exec(word)?.[1] ?? word))
  const family = numberIn(fields, 'nfgen_family', (word) => families[word])
  return Uint8Array.of(
    family,
    numberIn(fields, 'version', (word) => (word === 'NFNETLINK_V0' ? 0 : undefined)),
    id >> 8,
    id & 0xff,
  )
}

function attributeBytes(fields: readonly Field[], payload: readonly Value[]): Uint8Array {
  const head = new Uint8Array(4)
  const body = joined(payload.map(bodyBytes))
  const length = numberIn(fields, 'nla_len')
  if (body.length !== length - 4 && align(body.length) !== align(length - 4))
    throw new StraceError(`an attribute has ${body.length} of ${length - 4} bytes: strace prints all with -v -s 65535`)
  putU16(head, 0, length)
  putU16(
    head,
    2,
    numberIn(fields, 'nla_type', (word) => attributes[word]),
  )
  return joined([head, body, new Uint8Array(align(body.length) - body.length)])
}

/** Of a refusal: its number, and the head of what was refused. */
function errorBytes(fields: readonly Field[]): Uint8Array {
  const number = numberIn(fields, 'error', errorOf)
  const refused = fields.find(({ name }) => name === 'msg')?.value
  return joined([int32(number), refused === undefined ? new Uint8Array(0) : bodyBytes(refused)])
}

function errorOf(word: string): number | undefined {
  const known = errno[word.replace('-', '') as keyof typeof errno]
  return known === undefined ? undefined : -known
}

function typeOf(word: string): number | undefined {
  const [, system, message] = /^NFNL_SUBSYS_(\w+)<<8\|(\w+)$/.exec(word) ?? []
  if (system === undefined) return controls[word] ?? typeNumbers.get(word)
  const high = systems.get(`_${system}`) ?? systems.get(system)
  const low = /^(0x[\da-f]+|\d+)$/i.test(message!) ? Number(message) : typeNumbers.get(message!)
  return low === undefined ? undefined : ((high ?? low >> 8) << 8) | (low & 0xff)
}

function numberIn(fields: readonly Field[], name: string, known?: (word: string) => number | undefined): number {
  const value = fields.find((field) => field.name === name)?.value
  if (value?.kind !== 'word') throw new StraceError(`${name} is missing`)
  const whole = known?.(value.text)
  return whole ?? value.text.split('|').reduce((sum, word) => (sum | numberOf(word, known)) >>> 0, 0)
}

function numberOf(word: string, known?: (word: string) => number | undefined): number {
  const number = known?.(word) ?? (/^-?(0x[\da-f]+|\d+)$/i.test(word) ? Number(word) : undefined)
  if (number === undefined) throw new StraceError(`"${word}" is no number that is known`)
  return number
}

function int32(number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  putU32(bytes, 0, number >>> 0)
  return bytes
}

const align = (length: number): number => (length + 3) & ~3

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
