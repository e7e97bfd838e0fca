import { openMnl } from '@nfkit/mnl-native'
import { decode, decodeAck, type Message, messages } from '@nfkit/netlink-codec'
import { encodeMessage, family, netfilterHeaderSize, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { nftGeneration, nftMessage } from '@nfkit/netlink-codec/nftables'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { randomFrom } from '../src/random.ts'
import { joined, message } from './talk.ts'

/** Random batches, sent to this kernel and to a simulated one: the same answers, echoes and events, and the same is listed. */

const seed = Number(process.env['SEED'] ?? 1)
const rounds = Number(process.env['ROUNDS'] ?? 1000)
const random = randomFrom(seed)
const below = (n: number) => random() % n
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
const maybe = (percent: number) => below(100) < percent
const often = <T>(usual: T, ...others: readonly T[]): T => (maybe(80) ? usual : pick(others))

const [request, ack, echo, replace, excl, create, append, dump] = [1, 4, 8, 0x100, 0x200, 0x400, 0x800, 0x300]
const names = ['a', 'b', 'c']
const table = () => often('fw', 'none')
const chain = () => pick(names)
const set = () => pick(['s', 't', 'v', 'w'])
const handle = () => (maybe(70) ? undefined : BigInt(1 + below(40)))

const verdict = () => {
  const code = pick(['accept', 'drop', 'return', 'jump', 'goto', 'continue'])
  return { verdict: code === 'jump' || code === 'goto' ? { code, chain: chain() } : { code } }
}
const expressions: readonly (() => object)[] = [
  () => ({ name: 'counter', data: maybe(50) ? {} : { packets: 3n, bytes: 4n } }),
  () => ({ name: 'meta', data: { dreg: often(1, 2, 8, 9), key: pick(['mark', 'l4proto', 'iifname', 'nfproto']) } }),
  () => ({ name: 'payload', data: { dreg: often(1, 9), base: 'networkHeader', offset: 12, len: often(4, 2, 16) } }),
  () => ({
    name: 'cmp',
    data: { sreg: often(1, 2, 9), op: pick(['eq', 'neq']), data: { value: new Uint8Array(pick([1, 2, 4])) } },
  }),
  () => ({ name: 'immediate', data: { dreg: 0, data: verdict() } }),
  () => ({ name: 'immediate', data: { dreg: often(1, 9), data: { value: new Uint8Array(4) } } }),
  () => ({ name: 'lookup', data: { set: set(), sreg: often(1, 2), dreg: maybe(30) ? 0 : undefined } }),
  () => ({
    name: 'dynset',
    data: { setName: set(), sregKey: 1, op: pick(['add', 'update']), timeout: maybe(30) ? 5000n : undefined },
  }),
  () => ({ name: 'limit', data: { rate: 10n, unit: 1n } }),
  () => ({ name: 'reject', data: { type: pick(['tcpRst', 'icmpxUnreach']), icmpCode: 1 } }),
  () => ({ name: 'objref', data: { immType: 'counter', immName: pick(['o', 'p']) } }),
  () => ({
    name: 'bitwise',
    data: { sreg: 1, dreg: 1, len: 4, mask: { value: new Uint8Array(4) }, xor: { value: new Uint8Array(4) } },
  }),
]
const rule = () => {
  const tail = maybe(50) ? [expressions[4]!()] : []
  const load = maybe(60) ? [expressions[pick([1, 2])]!()] : []
  return [...load, ...Array.from({ length: below(3) }, () => pick(expressions)()), ...tail]
}

const element = (name: string) => {
  const key = { value: Uint8Array.of(10, 0, 0, below(6)) }
  if (name === 'v') return { key, ...(maybe(90) && { data: verdict() }) }
  if (name === 's') return { key, timeout: maybe(20) ? 5_000_000n : undefined }
  if (name === 't') return { key, ...(maybe(50) && { timeout: 50_000_000n }) }
  return { key }
}
/** Starts and ends, as nft sends them. */
const intervals = () => {
  const [from, to] = [below(200), below(200)].toSorted((a, b) => a - b) as [number, number]
  const key = (last: number) => ({ value: Uint8Array.of(10, 0, 0, last) })
  return [{ key: key(from) }, { key: key(to + 1), flags: 1 }]
}
const elements = (name: string) =>
  name === 'w' ? intervals() : Array.from({ length: 1 + below(3) }, () => element(name))

const sets: { readonly [name: string]: object } = {
  s: { keyLen: 4, keyType: 7 },
  t: { keyLen: 4, keyType: 7, flags: 0x10, timeout: 90_000_000n },
  v: { keyLen: 4, keyType: 19, flags: 8, dataType: 0xffff_ff00 },
  w: { keyLen: 4, keyType: 7, flags: 4 },
}
const setMessage = () => {
  const name = set()
  return {
    table: table(),
    name,
    id: 1 + below(9),
    ...often(sets[name]!, ...Object.values(sets)),
    ...(maybe(20) && { desc: { size: 3 } }),
  }
}

type Kind = keyof typeof nftMessage
const made = () => often(create, 0, create | excl, create | replace)
const kinds: readonly (readonly [Kind, () => object, () => number])[] = [
  ['newTable', () => ({ name: table(), ...(maybe(20) && { flags: pick([0, 0, 2, 8]) }) }), made],
  ['newChain', () => ({ table: table(), name: chain(), ...(maybe(10) && { policy: 'drop' }) }), made],
  [
    'newChain',
    () => ({
      table: table(),
      name: pick(['in', 'out']),
      hook: { hooknum: often(3, 1, 4), priority: often(0, 5) },
      ...(maybe(20) && { policy: 'drop' }),
    }),
    made,
  ],
  [
    'newRule',
    () => ({ table: table(), chain: often(chain(), 'in', 'out'), expressions: rule(), position: handle() }),
    () => often(create | append, create, append),
  ],
  [
    'newRule',
    () => ({ table: table(), chain: often(chain(), 'in', 'out'), expressions: rule() }),
    () => create | append,
  ],
  [
    'newRule',
    () => ({ table: 'fw', chain: chain(), expressions: rule(), handle: BigInt(below(40)) }),
    () => often(replace, create),
  ],
  ['newSet', setMessage, made],
  [
    'newElements',
    () => {
      const name = set()
      return { table: table(), set: name, elements: elements(name) }
    },
    made,
  ],
  ['newObject', () => ({ table: table(), name: pick(['o', 'p']), type: 'counter', data: {} }), made],
  ['deleteRule', () => ({ table: table(), chain: chain(), handle: handle() }), () => 0],
  ['deleteChain', () => ({ table: table(), name: often(chain(), 'in', 'out') }), () => often(0, 0x100)],
  ['deleteSet', () => ({ table: table(), name: set() }), () => 0],
  [
    'deleteElements',
    () => {
      const name = set()
      return { table: table(), set: name, elements: maybe(90) ? elements(name) : undefined }
    },
    () => 0,
  ],
  [
    'destroyElements',
    () => {
      const name = set()
      return { table: table(), set: name, elements: elements(name) }
    },
    () => 0,
  ],
  ['destroyChain', () => ({ table: table(), name: chain() }), () => 0],
  ['deleteObject', () => ({ table: table(), name: pick(['o', 'p']), type: 'counter' }), () => 0],
]

function batch(sequence: number): Uint8Array {
  const parts = Array.from({ length: 1 + below(3) }, (_, i) => {
    const [kind, value, flags] = pick(kinds)
    const { type, table: rows } = nftMessage[kind]
    const header = {
      type,
      flags: request | flags() | (maybe(50) ? ack : 0) | (maybe(30) ? echo : 0),
      sequence: sequence + i,
      family: family.inet,
    }
    return encodeMessage(header, rows, value() as never)
  })
  const edge = (type: number) =>
    message(type, { flags: request | (maybe(10) ? ack : 0), sequence, resourceId: subsystem.nftables })
  return joined([edge(0x10), ...parts, ...(maybe(95) ? [edge(0x11)] : [])])
}

const dumps: readonly [Kind, object][] = [
  ['getTable', {}],
  ['getChain', {}],
  ['getRule', {}],
  ['getSet', {}],
  ['getObject', {}],
  ...Object.keys(sets).map((name): [Kind, object] => ['getElements', { table: 'fw', set: name }]),
]

const byType = new Map(Object.values(nftMessage).map((one) => [one.type, one]))

/** A message, without what is this machine's own: port ids, processes, time, addresses in the kernel, and the number of the table. */
function plain(each: Message, base: number): string {
  const { type, sequence, flags, bytes, start, end } = each
  if (type === 2) {
    const { errno, extended } = decodeAck(each)
    return `${sequence}: ${errno} ${extended?.offs ?? ''}`
  }
  const of = byType.get(type)
  if (!of) return `${sequence}: ${type}`
  const value = decode(of.table, bytes, start + netfilterHeaderSize, end) as {
    readonly elements?: readonly object[]
    readonly id?: number
  }
  if (of === nftMessage.newGeneration) return `${sequence}: generation ${value.id! - base}`
  const sorted = value.elements && { elements: value.elements.map(text).toSorted() }
  const own = of.table === nftMessage.newTable.table ? { handle: 0, owner: 0 } : {}
  const set = of.table === nftMessage.newSet.table ? { type: 0, count: 0 } : {}
  return `${sequence}: ${of.name} ${flags.toString(16)} ${text({ ...value, ...own, ...set, ...sorted })}`
}
const text = (value: object): string =>
  JSON.stringify(value, (key, of: unknown): unknown => {
    if (of && Object.getPrototypeOf(of) === Object.prototype) return Object.fromEntries(Object.entries(of).toSorted())
    if (key === 'expiration') return 'soon'
    if (typeof of === 'bigint') return `${of}`
    return of instanceof Uint8Array ? Buffer.from(of).toString('hex') : of
  })

test(`${rounds} batches of seed ${seed}`, async () => {
  const sides = [openMnl(), new SimulatedKernel({ profile: '6.18' }).connect()].map((transport) => {
    const inbox = new Inbox()
    transport.receive(inbox)
    transport.join(7)
    return { transport, inbox, base: 0 }
  })
  const differences: string[] = []
  const flush = encodeMessage(
    { type: nftMessage.deleteTable.type, flags: request, family: family.inet },
    nftMessage.deleteTable.table,
    {},
  )
  const edge = (type: number) => message(type, { flags: request, resourceId: subsystem.nftables })
  const exchange = async (datagram: Uint8Array, sequence: number): Promise<string[][]> => {
    const answers: string[][] = []
    for (const side of sides) {
      const { transport, inbox } = side
      inbox.messages.length = 0
      transport.send(datagram)
      const fence = 1_000_000 + sequence
      const isDump = datagram.length >= 20 && datagram[4]! !== 0x10
      if (isDump)
        await inbox.until(() =>
          inbox.messages.some(({ bytes }) => [...messages(bytes)].some(({ type }) => type === 3 || type === 2)),
        )
      transport.send(message(nftMessage.getGeneration.type, { flags: request, sequence: fence }))
      await inbox.until(() => inbox.messages.some((one) => one.sequence === fence))
      const all = inbox.messages.flatMap(({ bytes }) => [...messages(bytes)])
      const { id = 0 } = decode(nftGeneration, all.at(-1)!.bytes, netfilterHeaderSize)
      if (side.base === 0) side.base = id
      answers.push(all.map((each) => plain(each, side.base)))
    }
    return answers
  }
  for (let round = 0; round < rounds; round++) {
    const sequence = 1 + 100 * round
    const restart = round % 60 === 0
    if (restart) await exchange(joined([edge(0x10), flush, edge(0x11)]), sequence)
    const bytes = batch(sequence + 1)
    const compare = async (what: string, datagram: Uint8Array, at: number) => {
      const [real, simulated] = await exchange(datagram, at)
      if (text(real!) !== text(simulated!))
        differences.push(
          `${round} ${what}\n  asked     ${[...messages(datagram)].map((each) => plain(each, 0)).join('\n            ')}\n  real      ${real!.join('\n            ')}\n  simulated ${simulated!.join('\n            ')}`,
        )
    }
    await compare('batch', bytes, sequence + 10)
    if (round % 5 !== 0) continue
    for (const [i, [kind, value]] of dumps.entries()) {
      const header = {
        type: nftMessage[kind].type,
        flags: request | dump,
        sequence: sequence + 20 + i,
        family: family.inet,
      }
      await compare(kind, encodeMessage(header, nftMessage[kind].table, value as never), sequence + 20 + i)
    }
    if (differences.length > 12) break
  }
  await exchange(joined([edge(0x10), flush, edge(0x11)]), 100 * rounds + 1)
  for (const { transport } of sides) transport.close()
  expect(differences.slice(0, 12).join('\n')).toBe('')
})
