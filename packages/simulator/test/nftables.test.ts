import { putBe32 } from '@nfkit/inet/bytes'
import { decode, decodeAck, errno, Message, messages, u16 } from '@nfkit/netlink-codec'
import { encodeMessage, family, netfilterHeaderSize, netfilterOf, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import {
  type NftElement,
  nftElements,
  nftFlags,
  nftGeneration,
  nftMessage,
  nftObject,
  nftRule,
} from '@nfkit/netlink-codec/nftables'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { type NetlinkSocket, type ProfileName, profiles, SimulatedKernel } from '../src/index.ts'
import { config, configure, udp } from './queueing.ts'
import { ask, attribute, drain, joined, message } from './talk.ts'

const [request, ack, echo, create, excl, append, dump] = [1, 4, 8, 0x400, 0x200, 0x800, 0x300]
const table = 'fw'

let kernel: SimulatedKernel
let socket: NetlinkSocket
let sequence: number

function use(profile: ProfileName): void {
  kernel = new SimulatedKernel({ profile })
  socket = open()
  sequence = 10
}
function open(): NetlinkSocket {
  const opened = kernel.socket()
  opened.bind()
  opened.extendedAck = true
  opened.capAck = true
  return opened
}
beforeEach(() => use('debian-6.12'))

const begin = (flags = request, genid?: number) => {
  const number = new Uint8Array(4)
  putBe32(number, 0, genid ?? 0)
  const rows = genid === undefined ? [] : [attribute(1, number)]
  return message(0x10, { flags, sequence: 1, resourceId: subsystem.nftables }, ...rows)
}
const end = (flags = request) => message(0x11, { flags, sequence: 99, resourceId: subsystem.nftables })

/** One message of family inet, numbered from 10 on. */
const one = (kind: keyof typeof nftMessage, value: object, flags = create): Uint8Array =>
  encodeMessage(
    { type: nftMessage[kind].type, flags: request | flags, sequence: sequence++, family: family.inet },
    nftMessage[kind].table,
    value as never,
  )
const newTable = (value: object = {}, flags?: number) => one('newTable', { name: table, ...value }, flags)
const newChain = (name: string, value: object = {}, flags?: number) => one('newChain', { table, name, ...value }, flags)
const newRule = (chain: string, expressions: readonly object[], flags = create | append) =>
  one('newRule', { table, chain, expressions }, flags)
const hook = { hook: { hooknum: 3, priority: 0 } }
const newSet = (value: object = {}) => one('newSet', { table, name: 's', keyLen: 4, id: 1, ...value })
const element = (key: number, more: Partial<NftElement> = {}) => ({
  key: { value: Uint8Array.of(192, 0, 2, key) },
  ...more,
})
const newElements = (elements: readonly object[], flags?: number) =>
  one('newElements', { table, set: 's', elements }, flags)
const verdict = (code: string, chain?: string) => ({
  name: 'immediate',
  data: { dreg: 0, data: { verdict: { code, chain } } },
})

/** Every message that came, in words: answers as [sequence, errno, offset]. */
const told = (datagrams: readonly Uint8Array[]) =>
  datagrams.flatMap((bytes) =>
    [...messages(bytes)].map((each) => {
      if (each.type !== 2) return [each.sequence, nameOf(each.type)]
      const { errno: failed, extended } = decodeAck(each)
      return extended?.offs === undefined ? [each.sequence, failed] : [each.sequence, failed, extended.offs]
    }),
  )
const nameOf = (type: number) => Object.entries(nftMessage).find(([, one]) => one.type === type)?.[0] ?? type

const send = (...parts: readonly Uint8Array[]) => told(ask(socket, begin(), ...parts, end()))
const generation = () => {
  const [bytes] = ask(socket, message(nftMessage.getGeneration.type, { flags: request }))
  return decode(nftGeneration, bytes!, netfilterHeaderSize).id!
}
/** What a dump lists. */
const listed = (
  kind: 'getTable' | 'getChain' | 'getRule' | 'getSet' | 'getElements' | 'getObject',
  value: object = {},
) =>
  ask(socket, one(kind, value, dump))
    .flatMap((bytes) => [...messages(bytes)])
    .filter(({ type }) => type !== 3)
    .map(({ bytes, start, end: to }) => decode(nftMessage[kind].table, bytes, start + netfilterHeaderSize, to) as never)
const names = () => (listed('getTable') as { readonly name: string }[]).map(({ name }) => name)

describe('a batch', () => {
  test('without a wish for answers is silent, and done', () => {
    expect(send(newTable(), newChain('out', hook))).toEqual([])
    expect(listed('getTable')).toEqual([{ name: table, flags: 0, use: 1, handle: 1n }])
    expect(listed('getChain')).toMatchObject([
      { name: 'out', hook: hook.hook, policy: 'accept', type: 'filter', use: 0 },
    ])
  })

  test('goes on after what fails, so that all errors come at once, and then does nothing', () => {
    expect(
      send(
        newTable({}, create | ack),
        newChain('a', { table: 'no' }),
        newRule('b', []),
        newChain('c', {}, create | ack),
      ),
    ).toEqual([
      [10, 0],
      [11, errno.ENOENT, netfilterHeaderSize],
      [12, errno.ENOENT, netfilterHeaderSize + 8],
      [13, 0],
    ])
    expect(names()).toEqual([])
    expect(generation()).toBe(1)
  })

  test('without END is tried, and nothing is done', () => {
    expect(told(ask(socket, begin(), newTable({}, create | ack)))).toEqual([[10, 0]])
    expect(names()).toEqual([])
  })

  test('that is cut, or begins twice, is forgotten with its answers', () => {
    const cut = joined([begin(), newTable({}, create | ack), newChain('out', {})]).subarray(0, -4)
    expect(told(ask(socket, cut))).toEqual([])
    expect(told(ask(socket, begin(), newTable({}, create | ack), begin(), end()))).toEqual([])
    expect(names()).toEqual([])
  })

  test('proves its commit when END asks for it, on kernels that do', () => {
    for (const [profile, answers] of [
      ['debian-6.1', [[10, 0]]],
      [
        'debian-6.12',
        [
          [1, 0],
          [10, 0],
          [99, 0],
        ],
      ],
    ] as const) {
      use(profile)
      const parts = [begin(request | ack), newTable({}, create | ack), end(request | ack)]
      expect(told(ask(socket, ...parts))).toEqual(answers)
    }
    expect(told(ask(socket, begin(), newChain('x', { table: 'no' }), end(request | ack)))).toEqual([
      [11, errno.ENOENT, netfilterHeaderSize],
    ])
    expect(told(ask(socket, begin(), end(request | ack)))).toEqual([[99, 0]])
  })

  test('of another generation is refused as a whole', () => {
    send(newTable())
    expect(told(ask(socket, begin(request, 1), newChain('a', {}, create | ack), end()))).toEqual([[1, errno.ERESTART]])
    expect(told(ask(socket, begin(request, 2), newChain('a', {}, create | ack), end()))).toEqual([[12, 0]])
  })

  test('has messages that ask, of nf_tables, that change', () => {
    const wrong = [
      message(0x0a00, { flags: create, sequence: 20 }),
      message(0x0301, { flags: request, sequence: 21 }),
      one('getTable', {}),
      message(0x0a3f, { flags: request, sequence: 22 }),
    ]
    expect(send(...wrong).map(([, failed]) => failed)).toEqual(wrong.map(() => errno.EINVAL))
    expect(told(ask(socket, newTable()))).toEqual([[11, errno.EINVAL]])
  })

  test('with a set no rule binds fails at its end, before all answers', () => {
    const set = newSet({ name: '__set%d', flags: nftFlags.set.anonymous | nftFlags.set.constant })
    expect(send(newTable({}, create | ack), set)).toEqual([
      [11, errno.EINVAL],
      [11, 0],
    ])
    expect(names()).toEqual([])
  })

  test('that changes nothing makes no generation', () => {
    send(newTable())
    expect(generation()).toBe(2)
    send(newTable())
    ask(socket, begin(), end())
    expect(generation()).toBe(2)
    send(newChain('a'))
    send(newChain('a'))
    expect(generation()).toBe(4)
  })

  test('needs privilege', () => {
    const stranger = kernel.socket({ privileged: false })
    expect(told(ask(stranger, begin(), newTable(), end()))).toEqual([[1, errno.EPERM]])
  })
})

describe('a rule', () => {
  const counter = { name: 'counter', data: { packets: 5n, bytes: 100n } }
  const order = () =>
    (listed('getRule', { table }) as { readonly handle: bigint }[]).map(({ handle }) => Number(handle))
  beforeEach(() => {
    send(newTable(), newChain('c'))
  })

  test('blames its expression', () => {
    const wrong = newRule('c', [counter, { name: 'lookup', data: { set: 'no', sreg: 1 } }])
    const unknown = newRule('c', [{ name: 'nonsense', unknown: [{ id: 2, bytes: new Uint8Array(4) }] }])
    const list = netfilterHeaderSize + 8 + 8
    const counterSize = u16(wrong, list + 4)
    expect(send(wrong, unknown)).toEqual([
      [12, errno.ENOENT, list + 4 + counterSize],
      [13, errno.ENOENT, list + 8],
    ])
  })

  test('stands where it is told to, and is replaced in its place', () => {
    send(newRule('c', []), newRule('c', []), newRule('c', [], create))
    expect(order()).toEqual([4, 2, 3])
    send(
      one('newRule', { table, chain: 'c', expressions: [], position: 2n }, create | append),
      one('newRule', { table, chain: 'c', expressions: [], position: 2n }, create),
      one('newRule', { table, chain: 'c', expressions: [counter], handle: 3n }, 0x100),
    )
    expect(order()).toEqual([4, 6, 2, 5, 3])
    send(one('deleteRule', { table, chain: 'c', handle: 2n }, 0))
    expect(order()).toEqual([4, 6, 5, 3])
    send(one('deleteRule', { table, chain: 'c' }, 0))
    expect(order()).toEqual([])
    expect(send(newRule('c', [], 0))).toEqual([[expect.any(Number), errno.EINVAL]])
  })

  test('keeps its chain', () => {
    send(newChain('d'), newRule('c', [verdict('jump', 'd')]))
    expect(send(one('deleteChain', { table, name: 'd' }, 0))).toMatchObject([
      [14, errno.EBUSY, netfilterHeaderSize + 8],
    ])
    expect(send(one('deleteChain', { table, name: 'c' }, 0), one('deleteChain', { table, name: 'd' }, 0))).toEqual([])
  })

  test('has counts that are read and begin anew', () => {
    send(newRule('c', [counter]), one('newObject', { table, name: 'o', type: 'counter', data: counter.data }))
    const counts = (kind: 'getRule' | 'getRuleReset') =>
      (decode(nftRule, ask(socket, one(kind, { table, chain: 'c', handle: 2n }, 0))[0]!, netfilterHeaderSize)
        .expressions?.[0]?.data ?? {}) as object
    expect(counts('getRuleReset')).toEqual(counter.data)
    expect(counts('getRule')).toEqual({ packets: 0n, bytes: 0n })
    const object = (kind: 'getObject' | 'getObjectReset') =>
      decode(nftObject, ask(socket, one(kind, { table, name: 'o', type: 'counter' }, 0))[0]!, netfilterHeaderSize).data
    expect(object('getObjectReset')).toEqual(counter.data)
    expect(object('getObject')).toEqual({ packets: 0n, bytes: 0n })
  })
})

describe('an element', () => {
  const { timeout, interval } = nftFlags.set
  const all = () =>
    (listed('getElements', { table, set: 's' }) as { readonly elements?: readonly NftElement[] }[]).map(
      ({ elements = [] }) => elements.map(({ key, ...more }) => [key!.value![3], more.expiration] as const),
    )
  beforeEach(() => {
    send(newTable(), newSet({ flags: timeout, timeout: 60_000n }))
  })

  test('lives as long as it is told to, and dumps end with none', () => {
    send(newElements([element(1), element(2, { timeout: 5000n }), element(3, { timeout: 0n })]))
    expect(all()).toEqual([
      [
        [1, 60_000n],
        [2, 5000n],
        [3, undefined],
      ],
      [],
    ])
    kernel.advance(5)
    expect(all()).toEqual([
      [
        [1, 55_000n],
        [3, undefined],
      ],
      [],
    ])
    expect(send(newElements([element(2)], create | excl))).toEqual([])
    expect(send(newElements([element(1)], create | excl))).toMatchObject([
      [expect.any(Number), errno.EEXIST, expect.any(Number)],
    ])
  })

  test('is renewed where it is added again, since 6.12', () => {
    for (const [profile, left] of [
      ['debian-6.1', 50_000n],
      ['debian-6.12', 60_000n],
    ] as const) {
      use(profile)
      send(newTable(), newSet({ flags: timeout, timeout: 60_000n }), newElements([element(1)]))
      kernel.advance(10)
      send(newElements([element(1)]))
      expect(all()).toEqual([[[1, left]], []])
    }
  })

  test('that is not there is blamed when it is deleted, and forgiven when it is destroyed', () => {
    send(newElements([element(1)]))
    const elements = [element(1), element(2)]
    const first = netfilterHeaderSize + 8 + 8 + 4
    expect(send(one('deleteElements', { table, set: 's', elements }, 0))).toEqual([
      [expect.any(Number), errno.ENOENT, first + 16],
    ])
    expect(all()).toEqual([[[1, 60_000n]], []])
    expect(send(one('destroyElements', { table, set: 's', elements }, 0))).toEqual([])
    expect(all()).toEqual([[]])
  })

  test('is asked for by its key, in intervals too', () => {
    send(newSet({ name: 'nets', flags: interval }))
    const start = { key: { value: Uint8Array.of(10, 0, 0, 0) } }
    const after = { key: { value: Uint8Array.of(11, 0, 0, 0) }, flags: 1 }
    send(one('newElements', { table, set: 'nets', elements: [start, after] }))
    const find = (...key: readonly number[]) => {
      const asked = one('getElements', { table, set: 'nets', elements: [{ key: { value: Uint8Array.from(key) } }] }, 0)
      const [bytes] = ask(socket, asked)
      if (u16(bytes!, 4) === 2) return decodeAck(new Message(bytes!, 0, bytes!.length)).errno
      return decode(nftElements, bytes!, netfilterHeaderSize).elements?.[0]?.key?.value
    }
    expect(find(10, 255, 0, 1)).toEqual(start.key.value)
    expect([find(11, 0, 0, 0), find(9, 255, 255, 255)]).toEqual([errno.ENOENT, errno.ENOENT])
  })
})

describe('events', () => {
  test('tell of a commit in order, and of its generation at the end; who asked for an echo is told first', () => {
    const watcher = open()
    watcher.join(7)
    expect(send(newTable({}, create | echo), newChain('c', {}, create | ack))).toEqual([
      [10, 'newTable'],
      [10, 'newGeneration'],
      [11, 0],
    ])
    const datagrams = drain(watcher) as Uint8Array[]
    expect(told(datagrams)).toEqual([
      [10, 'newTable'],
      [11, 'newChain'],
      [10, 'newGeneration'],
    ])
    expect(netfilterOf([...messages(datagrams[0]!)][0]!).resourceId).toBe(2)
    expect(decode(nftGeneration, datagrams.at(-1)!, netfilterHeaderSize)).toMatchObject({ id: 2, procPid: 4242 })
    send(newChain('c', { policy: 'drop' }))
    expect(drain(watcher)).toEqual([])
  })

  test('of one who listens and asks for an echo come once', () => {
    socket.join(7)
    expect(send(newTable({}, create | echo))).toEqual([
      [10, 'newTable'],
      [10, 'newGeneration'],
    ])
  })
})

test('a dump says that the ruleset changed meanwhile', () => {
  send(newTable(), ...Array.from({ length: 100 }, (_, i) => newChain(`c${i}`)))
  const reader = open()
  reader.send(one('getChain', {}, dump))
  ask(socket, begin(), newTable({ name: 'other' }), end())
  const flags = drain(reader).flatMap((bytes) => [...messages(bytes as Uint8Array)].map((each) => each.flags & 0x10))
  expect(flags.filter((flag) => flag !== 0)).toHaveLength(1)
  expect(flags.at(-1)).toBe(0)
})

describe('a table with an owner', () => {
  const { owner, persist } = nftFlags.table
  const by = (from: NetlinkSocket, ...parts: readonly Uint8Array[]) => told(ask(from, begin(), ...parts, end()))

  test('goes with its socket: no event, no generation', () => {
    const maker = open()
    by(maker, newTable({ flags: owner }), newChain('c'))
    expect(send(newChain('d'))).toEqual([[12, errno.EPERM, netfilterHeaderSize]])
    send(one('deleteTable', {}, 0))
    expect(names()).toEqual([table])
    socket.join(7)
    maker.close()
    expect(names()).toEqual([])
    expect(drain(socket)).toEqual([])
    expect(generation()).toBe(2)
  })

  test('that persists is left to who adopts it', () => {
    const maker = open()
    by(maker, newTable({ flags: owner | persist }))
    maker.close()
    expect(listed('getTable')).toMatchObject([{ flags: persist }])
    expect(send(newTable({ flags: owner }))).toEqual([[expect.any(Number), errno.EOPNOTSUPP]])
    expect(send(newTable({ flags: owner | persist }))).toEqual([])
    expect(listed('getTable')).toMatchObject([{ flags: owner | persist, owner: socket.portId }])
  })

  test('does not persist on 6.1', () => {
    use('debian-6.1')
    expect(send(newTable({ flags: owner | persist }))).toEqual([[10, errno.EOPNOTSUPP]])
    use('debian-7.3')
    expect(send(newTable({ flags: 0x100 }))).toEqual([[10, errno.EINVAL, netfilterHeaderSize + 8]])
  })
})

describe('packets that wait in a queue', () => {
  const { dormant, owner } = nftFlags.table

  /** Whether a packet still waits after that. */
  async function waits(act: () => unknown): Promise<boolean> {
    const judge = open()
    ask(judge, configure(5, config.bind, config.params(2)))
    const delivered = kernel.deliver(udp, { queue: 5 })
    expect(kernel.pending).toHaveLength(1)
    act()
    const still = kernel.pending.length === 1
    judge.close()
    await delivered
    return still
  }

  test.each([
    ['a rule is added', true, () => send(newTable(), newChain('c'), newRule('c', []))],
    ['a base chain is added', true, () => send(newTable(), newChain('c', hook))],
    ['a batch without a new base chain is refused', true, () => send(newTable(), newChain('c'), newRule('no', []))],
    ['a batch with a new base chain is refused', false, () => send(newTable(), newChain('c', hook), newRule('no', []))],
    ['a new base chain is tried', false, () => ask(socket, begin(), newTable(), newChain('c', hook))],
    ['one that sleeps is tried', true, () => ask(socket, begin(), newTable({ flags: dormant }), newChain('c', hook))],
  ] as const)('when %s: %s', async (_, still, act) => {
    expect(await waits(act)).toBe(still)
  })

  test.each([
    ['its rules are flushed', true, () => send(one('deleteRule', { table }, 0))],
    ['its policy changes', true, () => send(newChain('c', { policy: 'drop' }))],
    ['it is deleted', false, () => send(one('deleteChain', { table, name: 'c' }, 0))],
    ['its table is deleted', false, () => send(one('deleteTable', { name: table }, 0))],
    ['its table sleeps', false, () => send(newTable({ flags: dormant }))],
  ] as const)('of a base chain, when %s: %s', async (_, still, act) => {
    send(newTable(), newChain('c', hook), newRule('c', []))
    expect(await waits(act)).toBe(still)
  })

  test('are dropped with an owner, unless its table has no base chain', async () => {
    for (const value of [hook, {}]) {
      const maker = open()
      ask(maker, begin(), newTable({ flags: owner }), newChain('c', value), end())
      expect(await waits(() => maker.close())).toBe(value !== hook)
    }
  })
})

test('kernels without CONFIG_NFT_QUEUE have no expression for it', () => {
  const queue = { name: 'queue', data: { num: 3 } }
  send(newTable(), newChain('c'))
  expect(send(newRule('c', [queue]))).toEqual([])
  expect(listed('getRule')).toMatchObject([{ expressions: [{ data: { num: 3, total: 1, flags: 0 } }] }])
  use('6.18')
  send(newTable(), newChain('c'))
  expect(send(newRule('c', [queue]))).toMatchObject([[12, errno.ENOENT, expect.any(Number)]])
})

test('a kernel without nf_tables does not know what is asked', () => {
  kernel = new SimulatedKernel({ profile: { ...profiles['debian-6.12'], nftables: undefined } })
  socket = open()
  expect(told(ask(socket, message(nftMessage.getGeneration.type, { sequence: 3 })))).toEqual([[3, errno.EINVAL]])
  expect(told(ask(socket, begin(), newTable(), end()))).toEqual([[1, errno.EOPNOTSUPP]])
})

test('whatever a batch is made of is answered, and the next one too', () => {
  const parts = () => [
    newTable(),
    newSet({ flags: nftFlags.set.interval }),
    newElements([element(1), element(9, { flags: nftFlags.element.intervalEnd })]),
    newChain('c', hook),
    newRule('c', [
      { name: 'meta', data: { dreg: 1, key: 'mark' } },
      { name: 'lookup', data: { set: 's', sreg: 1 } },
    ]),
    one('newObject', { table, name: 'o', type: 'counter', data: {} }),
    one('deleteTable', { name: table }, 0),
  ]
  const whole = joined([begin(), ...parts(), end()])
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 20, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })), {
        maxLength: 8,
      }),
      (damages) => {
        use('debian-6.12')
        const bytes = whole.slice()
        for (const [at, byte] of damages) bytes[at] = byte
        ask(socket, bytes)
        const before = generation()
        expect(send(newTable({ name: 'next' }, create | excl))).toEqual([])
        expect(generation()).toBe(before + 1)
        ask(socket, one('getRule', {}, dump), one('getSet', {}, dump), one('getElements', { table, set: 's' }, dump))
      },
    ),
    { numRuns: 2000 },
  )
})
