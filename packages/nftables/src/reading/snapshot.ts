import { decode, errno, type Infer, type Message, type MessageType, type Table } from '@nfkit/netlink-codec'
import { encodeMessage, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import {
  type NftElement,
  type NftSet,
  nftChain,
  nftElements,
  nftFlags,
  nftFlowtable,
  nftGeneration,
  nftMessage,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
} from '@nfkit/netlink-codec/nftables'
import { DumpInterruptedError, type DumpOptions, entries, NetlinkError, type Requester } from '@nfkit/netlink-transport'
import { familyName, familyNumber } from '../values/hook.ts'
import type { TableName } from '../values/identity.ts'
import type { Raw, RawRuleset, RawSet } from './raw.ts'

/** What is read, and how long it may take. */
export interface ReadOptions {
  /** One table and what is in it; all by default. */
  readonly table?: TableName | undefined
  /** Whether sets and maps that have a name are read with their elements, which may be many; by default they are. */
  readonly elements?: boolean | undefined
  /** Stop waiting. */
  readonly signal?: AbortSignal | undefined
}

/** How often reading begins anew when the ruleset changes meanwhile. */
const mostAttempts = 16

/**
 * Everything there is, as of one generation: what was read while it changed is read again. Rejects with `DumpInterruptedError` when it
 * changed every time, and with `NetlinkError` when the kernel refuses.
 */
export async function readRaw(requests: Requester, options: ReadOptions = {}): Promise<RawRuleset> {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    options.signal?.throwIfAborted()
    const generation = await readGeneration(requests, options)
    const read = await whole(() => readOnce(requests, generation, options))
    if (read && (await readGeneration(requests, options)) === generation) return read
  }
  throw new DumpInterruptedError('reading the ruleset', mostAttempts)
}

/** The generation of the ruleset. Rejects with `NetlinkError`. */
export async function readGeneration(requests: Requester, { signal }: ReadOptions = {}): Promise<number> {
  const [answer] = await requests.request(
    encodeMessage({ type: nftMessage.getGeneration.type, flags: 0 }, nftGeneration, {}),
    { signal },
  )
  return answer === undefined ? 0 : (attributesOf(answer, nftGeneration).id ?? 0)
}

/** `undefined` when it was not whole: the ruleset changed, or a set was gone before its elements were asked for. */
async function whole<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof DumpInterruptedError || (error instanceof NetlinkError && error.errno === errno.ENOENT))
      return undefined
    throw error
  }
}

/** Each dump has a socket of its own: together they take hardly longer than one, and the ruleset changes less often meanwhile. */
async function readOnce(requests: Requester, generation: number, options: ReadOptions): Promise<RawRuleset> {
  const { table, signal } = options
  const isWanted = ({ family, attributes }: Raw<{ readonly table?: string | undefined }>) =>
    table === undefined || (family === table.family && attributes.table === table.name)
  const all = <T extends Table>(type: MessageType, rows: T) => dump(requests, type, rows, {} as Infer<T>, { signal })
  const [tables, sets, chains, rules, objects, flowtables] = await Promise.all([
    all(nftMessage.getTable, nftTable),
    all(nftMessage.getSet, nftSet),
    all(nftMessage.getChain, nftChain),
    all(nftMessage.getRule, nftRule),
    all(nftMessage.getObject, nftObject),
    all(nftMessage.getFlowtable, nftFlowtable),
  ])
  return {
    generation,
    tables: tables.filter(({ family, attributes }) => isWanted({ family, attributes: { table: attributes.name } })),
    sets: await readSets(requests, sets.filter(isWanted), options),
    chains: chains.filter(isWanted),
    rules: rules.filter(isWanted),
    objects: objects.filter(isWanted),
    flowtables: flowtables.filter(isWanted),
  }
}

/** Sets whose elements are asked for at once. */
const atOnce = 16

async function readSets(requests: Requester, sets: readonly Raw<NftSet>[], options: ReadOptions): Promise<RawSet[]> {
  const read: RawSet[] = []
  for (let i = 0; i < sets.length; i += atOnce) {
    const some = sets.slice(i, i + atOnce)
    const elements = await Promise.all(
      some.map((set) => (isRead(set, options) ? readElements(requests, set, options) : [])),
    )
    read.push(...some.map((set, at) => ({ ...set, elements: elements[at]! })))
  }
  return read
}

/** Rules need those of the sets that are parts of them. */
const isRead = ({ attributes: { flags = 0 } }: Raw<NftSet>, { elements = true }: ReadOptions): boolean =>
  elements || (flags & nftFlags.set.anonymous) !== 0

async function readElements(
  requests: Requester,
  { family, attributes }: Raw<NftSet>,
  options: ReadOptions,
): Promise<NftElement[]> {
  const { table, name: set } = attributes
  const parts = await dump(
    requests,
    nftMessage.getElements,
    nftElements,
    { table, set },
    { signal: options.signal },
    familyNumber(family),
  )
  return parts.flatMap((part) => part.attributes.elements ?? [])
}

/** The entries of a dump, those of families without tables left out. Rejects with `DumpInterruptedError` and `NetlinkError`. */
export async function dump<T extends Table>(
  requests: Requester,
  { type }: MessageType,
  table: T,
  attributes: Infer<T>,
  options: DumpOptions,
  family = 0,
): Promise<Raw<Infer<T>>[]> {
  const found: Raw<Infer<T>>[] = []
  const request = encodeMessage({ type, flags: 0, family }, table, attributes)
  for await (const message of entries(requests, request, options)) {
    const of = familyName(netfilterOf(message).family)
    if (of !== undefined) found.push({ family: of, attributes: attributesOf(message, table) })
  }
  return found
}

/** The attributes of a message about nf_tables. Throws `DecodeError`. */
export function attributesOf<T extends Table>(message: Message, table: T): Infer<T> {
  const { bytes, start, end } = netfilterOf(message).attrs
  return decode(table, bytes, start, end)
}
