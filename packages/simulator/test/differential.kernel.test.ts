import { execFileSync } from 'node:child_process'
import { formatHex } from '@nfkit/inet'
import { openMnl } from '@nfkit/mnl-native'
import { decodeAck, type Message, messages } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { randomFrom } from '../src/random.ts'
import { attribute, joined, message, nest } from './talk.ts'

const seed = Number(process.env['SEED'] ?? 1)
const random = randomFrom(seed)
const below = (n: number) => random() % n
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
const maybe = (percent: number) => below(100) < percent
const hexOf = (value: number, bytes: number) =>
  (value >>> 0)
    .toString(16)
    .padStart(2 * bytes, '0')
    .slice(-2 * bytes)
const number = (bytes: number, ...usual: number[]) => hexOf(maybe(85) ? pick(usual) : random(), bytes)

/** An attribute that is usually as it should be. */
function attr(id: number, payload: string): Uint8Array {
  const cut = maybe(3) ? payload.slice(2) : maybe(3) ? `${payload}00` : payload
  return attribute(maybe(2) ? id | 0x4000 : id, cut)
}

const some = (percent: number, make: () => Uint8Array): Uint8Array[] => (maybe(percent) ? [make()] : [])
const bundle = (id: number, ...parts: Uint8Array[][]) => nest(id, ...parts.flat())

function tupleNest(id: number, reply: boolean, family: number): Uint8Array {
  const num = pick([6, 17, 17, 17, 1, 58, 132, 47, 89])
  const [a, b] = reply ? [2, 1] : [1, 2]
  const v4 = family !== 10 || maybe(5)
  const host = (end: number) => (v4 ? `0a0100${hexOf(end, 1)}` : `fd${'00'.repeat(14)}${hexOf(end, 1)}`)
  const ports = [hexOf(1000 + below(2), 2), hexOf(2000, 2)]
  const [from, to] = reply ? [ports[1]!, ports[0]!] : [ports[0]!, ports[1]!]
  const icmp = reply ? '00' : '08'
  const proto =
    num === 1
      ? [
          ...some(97, () => attr(4, '0007')),
          ...some(97, () => attr(5, maybe(90) ? icmp : number(1, 3, 5))),
          ...some(97, () => attr(6, '00')),
        ]
      : num === 58
        ? [
            ...some(97, () => attr(7, '0007')),
            ...some(97, () => attr(8, reply ? '81' : '80')),
            ...some(97, () => attr(9, '00')),
          ]
        : [...some(97, () => attr(2, from)), ...some(97, () => attr(3, to))]
  return bundle(
    id,
    some(98, () =>
      bundle(
        1,
        some(98, () => attr(v4 ? 1 : 3, host(a))),
        some(98, () => attr(v4 ? 2 : 4, host(b))),
      ),
    ),
    some(98, () =>
      bundle(
        2,
        some(98, () => attr(1, hexOf(num, 1))),
        proto,
      ),
    ),
    some(3, () => attr(3, number(2, 0, 1, 5))),
  )
}

function conntrackRequest(sequence: number): Uint8Array {
  const family = pick([2, 2, 2, 10, 0, 7])
  const type = pick([0x100, 0x100, 0x100, 0x100, 0x101, 0x102, 0x103, 0x105, 0x106, 0x107])
  if (maybe(15)) return dumpRequest(sequence, family)
  const flags = type === 0x100 ? pick([5, 0x405, 0x405, 0x405, 0x605, 0x505]) : type <= 0x103 ? 5 : pick([5, 5, 1])
  // A few protocols at a time, so that requests meet.
  const parts = [
    ...some(type === 0x102 ? 98 : 92, () => tupleNest(1, false, family)),
    ...some(type === 0x100 ? 92 : 15, () => tupleNest(2, true, family)),
    ...some(10, () => attr(3, number(4, 8, 0x0e, 0x0a, 0, 0x408, 0x208, 0xffff))),
    ...some(15, () =>
      bundle(
        4,
        some(90, () =>
          bundle(
            1,
            some(90, () => attr(1, number(1, 1, 3, 9, 10))),
            some(40, () => attr(2, number(1, 7, 14, 15))),
            some(40, () => attr(3, number(1, 7, 14, 15))),
            some(40, () => attr(4, '0101')),
            some(40, () => attr(5, '0101')),
          ),
        ),
      ),
    ),
    ...some(4, () =>
      bundle(
        5,
        some(90, () => attribute(1, '6e6f6e65737563680a00')),
      ),
    ),
    ...some(5, () =>
      bundle(
        6,
        some(80, () => attr(1, '09090909')),
        some(50, () =>
          bundle(
            3,
            some(90, () => attr(1, '0309')),
          ),
        ),
      ),
    ),
    ...some(5, () =>
      bundle(
        13,
        some(80, () => attr(1, '08080808')),
      ),
    ),
    ...some(type === 0x100 ? 95 : 5, () => attr(7, number(4, 100, 5000, 600))),
    ...some(15, () => attr(8, number(4, 0, 1, 0xff))),
    ...some(5, () => attr(12, number(4, 0, 1))),
    ...some(4, () =>
      bundle(
        15,
        some(90, () => attr(1, '00000001')),
        some(90, () => attr(2, '00000001')),
        some(90, () => attr(3, '00000001')),
      ),
    ),
    ...some(8, () => attr(18, number(2, 0, 1, 5))),
    ...some(8, () => attr(21, number(4, 0xff, 0))),
    ...some(5, () => attribute(22, '00'.repeat(pick([4, 8, 16, 17, 3])))),
    ...some(3, () => attribute(23, '00'.repeat(pick([4, 8, 16])))),
    ...some(4, () =>
      bundle(
        24,
        some(90, () => attr(1, '00000001')),
        some(90, () => attr(2, '00000001')),
        some(90, () => attr(3, '00000001')),
      ),
    ),
    ...some(3, () => attr(26, number(4, 8, 0))),
    ...some(2, () => attr(27, '0000000000000000')),
    ...some(3, () => attribute(30 + below(10), 'ff')),
  ]
  return message(type, { flags, sequence, family, version: pick([0, 0, 1]) }, ...parts)
}

/** A dump or a flush, with filters. */
function dumpRequest(sequence: number, family: number): Uint8Array {
  const type = pick([0x101, 0x101, 0x101, 0x103, 0x106, 0x107, 0x102])
  const host = (value: number) => hexOf(value, 4).match(/../g)!.reverse().join('')
  const flag = () => host(pick([0, 1, 2, 8, 0x18, 0x38, 0x3b, 0xb, 0x10, 0x1000, 0x148, 0x1c8]))
  const parts = [
    ...some(25, () => attr(8, number(4, 0, 1, 0xff))),
    ...some(15, () => attr(21, number(4, 0xff, 0, 1))),
    ...some(20, () => attr(3, number(4, 8, 0xe, 0x188, 0))),
    ...some(10, () => attr(26, number(4, 8, 0, 2))),
    ...some(15, () => attr(18, number(2, 0, 1, 5))),
    ...(maybe(30)
      ? [
          tupleNest(1, false, family),
          ...some(40, () => tupleNest(2, true, family)),
          ...some(85, () =>
            attribute(
              maybe(90) ? 0x8019 : 25,
              joined([...some(90, () => attribute(1, flag())), ...some(20, () => attribute(2, flag()))]),
            ),
          ),
        ]
      : []),
  ]
  return message(
    type,
    { flags: type === 0x102 ? 5 : pick([0x305, 0x301, 0x105]), sequence, family, version: pick([0, 1]) },
    ...parts,
  )
}

function queueRequest(sequence: number): Uint8Array {
  const parts = [
    ...some(60, () =>
      attribute(1, `${hexOf(pick([1, 1, 1, 2, 0, 3, 4, 5, 200]), 1)}000000`.slice(0, maybe(95) ? 8 : 6)),
    ),
    ...some(40, () =>
      attribute(
        2,
        `${number(4, 0, 100, 65531, 65535)}${hexOf(pick([0, 1, 2, 2, 3, 255]), 1)}`.slice(0, maybe(97) ? 10 : 8),
      ),
    ),
    ...some(30, () => attr(3, number(4, 0, 1, 1024))),
    ...some(25, () => attr(4, number(4, 1, 2, 4, 0x1f, 0))),
    ...some(25, () => attr(5, number(4, 1, 2, 4, 8, 0x10, 0x20))),
  ]
  const verdict = () => [
    ...some(95, () => attr(2, number(4, 0, 1, 2, 3, 4, 5, 6, 0x10001) + number(4, 1, 2, 99))),
    ...some(20, () => attr(3, '00000001')),
  ]
  const type = pick([0x302, 0x302, 0x302, 0x301, 0x303, 0x300, 0x304])
  return message(type, { sequence, resourceId: below(4) }, ...(type === 0x302 ? parts : verdict()))
}

/** What matters of an answer: identifiers, times and the seconds left are the kernel's own business. */
function told(one: Message): string {
  if (one.type === 2) {
    const { errno, extended } = decodeAck(one)
    return `${one.sequence}: errno ${errno} flags ${one.flags} length ${one.end - one.start} ${JSON.stringify(extended, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`
  }
  const attributes = [...netfilterOf(one).attrs.list()].map(({ id, bytes }) =>
    id === 12 || id === 20 || id === 27 || id === 7 || one.type === 0x105 ? id : `${id}=${formatHex(bytes)}`,
  )
  return `${one.sequence}: type ${one.type} flags ${one.flags} family ${netfilterOf(one).family} ${attributes.join(' ')}`
}

const isDump = (request: Uint8Array) => (request[7]! & 3) !== 0 || request[4] === 2
const sorted = (lines: string[]) => lines.sort()
const same = (lines: string[]) => lines

const rounds = Number(process.env['ROUNDS'] ?? 300)

test(`this kernel and the simulator answer ${rounds} random requests the same`, async ({ skip }) => {
  const release = execFileSync('uname', ['-r'], { encoding: 'utf8' })
  if (!release.startsWith('6.18.')) return skip(`the profile is of 6.18, and this kernel is ${release.trim()}`)
  const kernel = new SimulatedKernel({ profile: '6.18' })
  const sides = [openMnl(), kernel.connect()].map((transport) => {
    const inbox = new Inbox()
    transport.receive(inbox)
    for (const group of [1, 2, 3, 4, 6]) transport.join(group)
    return { transport, inbox }
  })
  const differences: string[] = []
  for (let sequence = 1; sequence <= rounds; sequence++) {
    const request = maybe(75) ? conntrackRequest(sequence) : queueRequest(sequence)
    const fence = message(0x302, { sequence: 1_000_000 + sequence }, attribute(1, '03000000'))
    const answers: string[][] = []
    for (const { transport, inbox } of sides) {
      inbox.messages.length = 0
      transport.send(request)
      transport.send(fence)
      await inbox.until(
        () =>
          inbox.sequences.includes(1_000_000 + sequence) && (!isDump(request) || inbox.sequences.includes(sequence)),
      )
      for (let turn = 0; turn < 3 && isDump(request); turn++) await new Promise((resolve) => setImmediate(resolve))
      answers.push(
        (isDump(request) ? sorted : same)(
          inbox.messages.flatMap(({ bytes, start, end }) => [...messages(bytes, start, end)].map(told)),
        ).filter((line) => !line.startsWith('1000') || !line.includes('errno 0')),
      )
    }
    const [real, simulated] = answers.map((lines) => lines.join('\n'))
    if (real !== simulated) differences.push(`${formatHex(request)}\n  real ${real}\n  simu ${simulated}`)
  }
  for (const { transport } of sides) transport.close()
  expect(differences.slice(0, 8).join('\n'), `${differences.length} differences`).toBe('')
})
