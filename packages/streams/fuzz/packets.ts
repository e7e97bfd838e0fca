import { fragments, tcp } from '@nfkit/ip-codec/build'
import { Tracker, type TrackerOptions } from '../src/index.ts'
import { joined } from '../test/split.ts'
import { TestClock, TestPacket } from '../test/wire.ts'

const ends = ['10.0.0.1:4000', '10.0.0.2:443'] as const
const sixes = ['[2001:db8::1]:4000', '[2001:db8::2]:443'] as const
const origins = [0xffff_fff0, 5_000] as const
const text = (data: string) => new Uint8Array(Buffer.from(data, 'latin1'))

/** A packet of one end, 0 or 1: positions in the stream, and data. */
function packet(end: 0 | 1, at: number, acknowledges: number, data = '', fields = {}, of: readonly string[] = ends) {
  return tcp(`${of[end]} > ${of[1 - end]}`, {
    ack: true,
    ...fields,
    sequence: (origins[end] + at) >>> 0,
    acknowledgment: (origins[1 - end]! + acknowledges) >>> 0,
    payload: text(data),
  })
}

const options = [{ kind: 'mss', size: 100 } as const, { kind: 'windowScale', shift: 3 } as const]
const opening = (of: readonly string[] = ends) => [
  packet(0, -1, -5_000, '', { syn: true, ack: false, options }, of),
  packet(1, -1, 0, '', { syn: true, options }, of),
  packet(0, 0, 0, '', {}, of),
]

/** Packets one behind the other, each after its length. */
const framed = (packets: readonly Uint8Array[]): Uint8Array =>
  joined(...packets.flatMap((bytes) => [[bytes.length >> 8, bytes.length & 255], bytes]))

/** Conversations over TCP, as their packets come by. */
export const conversations = [
  framed([
    ...opening(),
    packet(0, 5, 0, 'world'),
    packet(0, 0, 0, 'hello'),
    packet(0, 3, 0, 'loWO'),
    packet(1, 0, 10, 'answer'),
    packet(0, 10, 6, '', { fin: true }),
    packet(1, 6, 11, '', { fin: true }),
    packet(0, 11, 7),
  ]),
  framed([
    ...opening(sixes),
    packet(0, 0, 0, 'one', {}, sixes),
    packet(0, 3, 0, 'two', { urg: true, urgentPointer: 2 }, sixes),
    packet(1, 0, 3, '', { options: [{ kind: 'sack', blocks: [{ left: 1, right: 4 }] }] }, sixes),
    packet(1, 0, 6, 'three', { rst: true }, sixes),
  ]),
  framed([
    packet(0, 0, 0, 'from the middle', { options: [{ kind: 'timestamps', value: 7, echo: 0 }] }),
    ...fragments(packet(0, 15, 0, 'a segment in pieces of a few bytes each'), 24),
    packet(1, 0, 15, 'x', { window: 0 }),
    packet(0, -1, -5_000, 'early', { syn: true, ack: false }),
  ]),
]

/** What the program does with a connection. */
const judges: readonly TrackerOptions['judge'][] = [
  ({ client, server }) => {
    client.listen(() => {})
    server.rewrite((chunk, position) =>
      chunk.length % 3 === 0 ? [{ at: position, removed: 1, inserted: Uint8Array.of(1, 2, 3) }] : [],
    )
  },
  (connection) => connection.holdUntil(({ bytes }) => (bytes.length < 9 ? undefined : 'accept')),
  ({ client }) => {
    client.rewrite((chunk, position) =>
      chunk.length > 4 ? [{ at: position + 1, removed: 3, inserted: new Uint8Array(0) }] : [],
    )
  },
  (connection) => {
    connection.client.peek(4).catch(() => {})
  },
]

const either = <T>(bit: number, ...[zero, one]: readonly [T, T]): T => ((bit & 1) === 0 ? zero : one)

/** What no caller can ask for: a rewriter is told so for each chunk of a connection that signs its segments. */
const isTold = (error: unknown): boolean => error instanceof Error && error.message.startsWith('the connection signs')

/** Take a packet. A promise that is rejected ends the process, as a rejection nobody handles does. */
function attempt(push: () => Promise<void> | undefined): void {
  try {
    push()?.catch((error: unknown) => {
      if (!isTold(error)) throw error
    })
  } catch (error) {
    if (!isTold(error)) throw error
  }
}

/**
 * Track the packets in `bytes`; a number chooses options and what the program does. Throws where a packet is judged twice, or where memory is
 * left behind. Returns whether a byte was read.
 */
export function track(bytes: Uint8Array, choice: number): boolean {
  const clock = new TestClock()
  const tracker = new Tracker({
    clock,
    judge: judges[choice & 3]!,
    differing: either(choice >> 2, 'mend', 'drop'),
    urgent: either(choice >> 3, 'inline', 'drop'),
    synData: either(choice >> 4, 'strip', 'wait'),
    waitingPieces: either(choice >> 5, 100, 2),
    holdPackets: either(choice >> 6, 8, 1),
    bytes: either(choice >> 7, 1_000_000, 600),
  })
  for (let at = 0; at + 2 < bytes.length; ) {
    const end = at + 2 + bytes[at]! * 256 + bytes[at + 1]!
    // Of damaged packets most have a wrong checksum, which would hide all else.
    const one = Object.assign(new TestPacket(bytes.subarray(at + 2, end)), {
      checksumNotVerified: (choice & 256) !== 0,
    })
    attempt(() => tracker.push(one))
    clock.advance(choice & 511)
    at = end
  }
  tracker.close()
  if (tracker.held !== 0 || tracker.bytes !== 0) throw new Error(`left behind: ${tracker.held}, ${tracker.bytes}`)
  return tracker.counts.packets.read > 0
}
