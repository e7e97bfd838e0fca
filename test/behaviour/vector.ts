import assert from 'node:assert/strict'
import { parseHex } from '@nfkit/inet'
import { tcpState } from '@nfkit/netlink-codec/conntrack'
import { entry, lookup } from './flow.ts'
import { segment } from './segment.ts'
import type { Socket } from './socket.ts'
import type { PacketState, Rule, World } from './world.ts'

/** What connection tracking says of a packet, as the mark it gets for that. */
const states: readonly PacketState[] = ['new', 'established', 'related', 'invalid', 'untracked']

/** Rules that mark packets by their state, at the first hook where it is known. */
export const marking = (hook: 'output' | 'prerouting' = 'output'): Rule[] =>
  states.map((state, i) => ({ hook, table: 'mangle', state, action: { kind: 'mark', value: i + 1 } }))

/** Let a packet go, and tell what connection tracking said of it: `lost` when it did not arrive. */
export async function stateOf(world: World, packet: Uint8Array, how: 'emit' | 'receive' = 'emit'): Promise<string> {
  await world[how](packet)
  const [arrived] = await world.arrivals(1)
  return arrived ? (states[arrived.mark - 1] ?? 'unmarked') : 'lost'
}

/** Names of states by their numbers. */
export const namesOf = (states: { readonly [name: string]: number }): ReadonlyMap<number, string> =>
  new Map(Object.entries(states).map(([name, number]) => [number, name]))

const stateNames = namesOf(tcpState)
const hex = (value: number | undefined): string => (value ?? 0).toString(16).padStart(2, '0')

/** An entry in a line, its timeout apart: state, status, flags, window scales and packets of both directions. */
function described({ protoinfo, status, countersOrig, countersReply }: ReturnType<typeof entry>): string {
  const { state, flagsOriginal, flagsReply, wscaleOriginal, wscaleReply } = protoinfo?.tcp ?? {}
  const flags = `${hex(flagsOriginal?.flags)}/${hex(flagsReply?.flags)}`
  const counted = `${countersOrig?.packets ?? 0}/${countersReply?.packets ?? 0}`
  return `${stateNames.get(state ?? 0)} ${hex(status)} ${flags} ${counted} ${wscaleOriginal}/${wscaleReply}`
}

/**
 * A segment of the connection 10.1.0.1:1000 > 10.1.0.2:80 as text: direction, flags, sequence number, acknowledgement, and what is special:
 * bytes of payload, window, options. `> S 1000`, `< SA 5000/1001 window=0`, `> PA 1001/5001 bytes=100`.
 */
function segmentOf(text: string): Uint8Array {
  const [direction, flags, numbers = '', ...more] = text.split(' ')
  const [seq, ack] = numbers.split('/').map(Number)
  const of = new Map(more.map((part) => part.split('=') as [string, string]))
  const [from, to] = direction === '>' ? [a!, b!] : [b!, a!]
  return segment(from, to, flags!, {
    sequence: seq! >>> 0,
    acknowledgment: (ack ?? 0) >>> 0,
    window: Number(of.get('window') ?? 1000),
    payload: 'x'.repeat(Number(of.get('bytes') ?? 0)),
    options: parseHex(of.get('options') ?? '')!,
  })
}

const [a, b] = ['10.1.0.1:1000', '10.1.0.2:80']

/** A connection whose packets are written as text. */
export interface Followed {
  /** The tuple it is found by. */
  readonly connection: string
  readonly packet: (text: string) => Uint8Array
  /** Its entry in a line, timeout apart. */
  readonly described: (found: Entry) => string
  /** Seconds a slow machine may take. */
  readonly slack: number
}

type Entry = ReturnType<typeof entry>

const web: Followed = { connection: `tcp ${a} > ${b}`, packet: segmentOf, described, slack: 4 }

/**
 * Send packets one by one, segments of TCP unless told otherwise, each with what must be true after it: what is said of it, the timeout, and as
 * much of the entry as is given. `gone` is no entry; without anything the packet is sent, and that is all. `wait 2` lets two seconds pass.
 */
export async function follow(world: World, steps: readonly string[], followed = web): Promise<void> {
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await world.rules(...marking())
  const socket = world.open()
  for (const [at, step] of steps.entries()) {
    const [sent = '', expected = ''] = step.split('|').map((part) => part.trim())
    const where = `step ${at + 1}, ${step}`
    if (sent.startsWith('wait')) {
      await world.pass(Number(sent.slice('wait '.length)))
      continue
    }
    const said = await stateOf(world, followed.packet(sent))
    if (expected === '') continue
    const [state, seconds, ...rest] = expected.split(' ')
    assert.equal(said, state, where)
    if (seconds === 'gone') assert.equal((await socket.ask(lookup(followed.connection))).error, 'ENOENT', where)
    else if (seconds !== undefined) await compare(socket, followed, Number(seconds), rest.join(' '), where)
  }
}

async function compare(
  socket: Socket,
  { connection, described, slack }: Followed,
  seconds: number,
  expected: string,
  where: string,
): Promise<void> {
  const { error, replies } = await socket.ask(lookup(connection))
  assert.equal(error, '0', where)
  const found = entry(replies[0]!)
  const whole = described(found)
  assert.equal(whole.slice(0, expected.length), expected, where)
  assert.ok(found.timeout! <= seconds && found.timeout! > seconds - slack, `${where}: ${found.timeout} s`)
}
