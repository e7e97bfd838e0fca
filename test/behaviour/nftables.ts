import {
  align,
  control,
  decode,
  decodeAck,
  errnoName,
  type Message,
  messageFlags,
  setSequence,
  u16,
} from '@nfkit/netlink-codec'
import { encodeMessage, family, netfilterHeaderSize, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import {
  type NftChain,
  type NftElement,
  nftElements,
  nftMessage,
  nftObject,
  nftRule,
} from '@nfkit/netlink-codec/nftables'
import { netfilterPayload, rawMessage } from './request.ts'
import type { Socket } from './socket.ts'

/** Tables of nf_tables in the hands of a scenario. They belong to the socket that makes them, and go with it. */

const { request, create, append } = { ...messageFlags, request: messageFlags.request | messageFlags.ack }
const ownedFlag = 2

type Kind =
  | 'newTable'
  | 'deleteTable'
  | 'newChain'
  | 'newRule'
  | 'newSet'
  | 'newElements'
  | 'newObject'
  | 'deleteElements'
  | 'deleteChain'
  | 'deleteRule'

const message = (kind: Kind, value: object, flags: number = create, of: number = family.inet): Uint8Array =>
  encodeMessage(
    { type: nftMessage[kind].type, flags: request | flags, family: of },
    nftMessage[kind].table,
    value as never,
  )

export interface Expression {
  readonly name: string
  readonly data?: object
}

/** An expression as it is listed. */
interface Listed {
  readonly name: string
  readonly data: { readonly [key: string]: unknown }
}

/** Messages about one table of a family. */
export const aTable = (name: string, of: number = family.inet) => ({
  new: (flags = ownedFlag) => message('newTable', { name, flags }, create, of),
  delete: () => message('deleteTable', { name }, 0, of),
  chain: (chain: string, hooknum?: number, priority = 0, more: NftChain = {}) =>
    message(
      'newChain',
      { table: name, name: chain, ...(hooknum !== undefined && { hook: { hooknum, priority } }), ...more },
      create,
      of,
    ),
  rule: (chain: string, ...expressions: readonly Expression[]) =>
    message('newRule', { table: name, chain, expressions }, create | append, of),
  set: (set: string, more: object) => message('newSet', { table: name, name: set, id: 1, ...more }, create, of),
  elements: (set: string, ...elements: readonly NftElement[]) =>
    message('newElements', { table: name, set, elements }, create, of),
  object: (object: string, type: 'counter' | 'quota', data: object) =>
    message('newObject', { table: name, name: object, type, data }, create, of),
  deleteElements: (set: string) => message('deleteElements', { table: name, set }, 0, of),
  deleteChain: (chain: string) => message('deleteChain', { table: name, name: chain }, 0, of),
  deleteRules: (chain: string) => message('deleteRule', { table: name, chain }, 0, of),
})

const edge = (type: number): Uint8Array =>
  rawMessage({ type, flags: messageFlags.request, payload: netfilterPayload(subsystem.nftables) })

/** What was refused: `ENOENT` and so on, and where in its message the attribute to blame starts. */
interface Refused {
  readonly error: string
  readonly at: number | undefined
}

/** Send messages as one transaction, without its end where it is `unfinished`. */
export async function refusals(
  socket: Socket,
  messages: readonly Uint8Array[],
  { unfinished = false } = {},
): Promise<readonly Refused[]> {
  for (const [i, bytes] of messages.entries()) setSequence(bytes, 0x2000 + i)
  await socket.send(edge(0x10), ...messages, ...(unfinished ? [] : [edge(0x11)]))
  const answers = (await socket.messages()).filter(({ type }) => type === control.error)
  return answers
    .map(decodeAck)
    .flatMap(({ errno, extended }) => (errno === 0 ? [] : [{ error: errnoName(errno), at: extended.offs }]))
}

/** The same; resolves to the errors alone. */
export const commit = async (...all: Parameters<typeof refusals>): Promise<readonly string[]> =>
  (await refusals(...all)).map(({ error }) => error)

/** Which expression of a rule's message an attribute is in, by its number; -1 for none. */
export function expressionAt(rule: Uint8Array, at: number | undefined): number {
  let list = netfilterHeaderSize
  while (list < rule.length && u16(rule, list + 2) !== (nftRule.rows.expressions.id | nested))
    list += align(u16(rule, list))
  const starts: number[] = []
  for (let item = list + attributeHeader; item < list + u16(rule, list); item += align(u16(rule, item)))
    starts.push(item)
  return at === undefined ? -1 : starts.findLastIndex((start) => start <= at)
}

const [attributeHeader, nested] = [4, 0x8000]

/** All there is of a kind in a table, in the kernel's order. */
async function listed(socket: Socket, kind: 'getRule' | 'getObject', table: string): Promise<readonly Message[]> {
  const header = { type: nftMessage[kind].type, flags: messageFlags.request, family: 0 }
  return (await socket.dump(encodeMessage(header, nftMessage[kind].table, { table }))).entries
}

/** The expressions of a table's rules, one after another, as they are listed. */
export async function expressionsOf(socket: Socket, table: string): Promise<readonly Listed[]> {
  const entries = await listed(socket, 'getRule', table)
  return entries.flatMap(({ bytes, start, end }) => {
    const { expressions = [] } = decode(nftRule, bytes, start + netfilterHeaderSize, end)
    return expressions.map(({ name, data }) => ({ name, data: (data ?? {}) as Listed['data'] }))
  })
}

/** How often a table's objects are referred to. */
export async function usesOf(socket: Socket, table: string): Promise<readonly (number | undefined)[]> {
  const entries = await listed(socket, 'getObject', table)
  return entries.map(({ bytes, start, end }) => decode(nftObject, bytes, start + netfilterHeaderSize, end).use)
}

/** Elements of a set as they are listed, in the order of their last bytes. */
export async function elementsOf(socket: Socket, table: string, set: string): Promise<readonly NftElement[]> {
  const header = { type: nftMessage.getElements.type, flags: messageFlags.request, family: family.inet }
  const { entries } = await socket.dump(encodeMessage(header, nftElements, { table, set }))
  const all = entries.flatMap(
    ({ bytes, start, end }) => decode(nftElements, bytes, start + netfilterHeaderSize, end).elements ?? [],
  )
  return all.toSorted((a, b) => a.key!.value!.at(-1)! - b.key!.value!.at(-1)!)
}

/** What the counters of a table have counted, in the order of the rules: packets and bytes. */
export async function counted(socket: Socket, table: string): Promise<readonly string[]> {
  const all = await expressionsOf(socket, table)
  return all.flatMap(({ name, data }) => (name === 'counter' ? [`${data['packets']}, ${data['bytes']}`] : []))
}

const value = (...bytes: readonly number[]) => ({ value: Uint8Array.from(bytes) })

/** Expressions that scenarios are about. */
export const nft = {
  counter: { name: 'counter', data: {} },
  verdict: (code: string, chain?: string): Expression => ({
    name: 'immediate',
    data: { dreg: 0, data: { verdict: { code, ...(chain && { chain }) } } },
  }),
  /** The packet mark becomes this; of a number below 256. */
  mark: (mark: number): readonly Expression[] => [
    { name: 'immediate', data: { dreg: 1, data: value(mark, 0, 0, 0) } },
    { name: 'meta', data: { sreg: 1, key: 'mark' } },
  ],
  load: (key: string): Expression => ({ name: 'meta', data: { dreg: 1, key } }),
  is: (...bytes: readonly number[]): Expression => ({
    name: 'cmp',
    data: { sreg: 1, op: 'eq', data: value(...bytes) },
  }),
  source: { name: 'payload', data: { dreg: 1, base: 'networkHeader', offset: 12, len: 4 } },
  /** By the target that every kernel has. */
  queue: (number: number): Expression => ({
    name: 'target',
    data: { name: 'NFQUEUE', rev: 3, info: Uint8Array.of(number, 0, 1, 0, 0, 0, 0, 0) },
  }),
  value,
} as const
