import { systemClock, type TrackerClock } from '../clock.ts'
import type { TcpConnection } from '../connection/connection.ts'
import type { HoldOutcome, Judgement } from '../hold/verdict.ts'

/**
 * Says what becomes of a connection, once it is open and before its first byte is read: a verdict, what `holdUntil` came to, or nothing,
 * which is a connection that is followed to its end. It may take its time: packets that are not held go on meanwhile.
 */
export type Judge = (connection: TcpConnection) => Judged | PromiseLike<Judged>

/** What a judge may say. */
// biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are judges, too.
export type Judged = Judgement | HoldOutcome | undefined | void

/** How connections are followed. What is not given has the default. */
export interface TrackerOptions {
  /** Is asked once about each connection. */
  readonly judge: Judge
  /** `systemClock` by default. */
  readonly clock?: TrackerClock | undefined
  /** A connection whose SYN was not seen is followed from where it is (the default), or its packets go on unread. */
  readonly midstream?: 'follow' | 'accept' | undefined
  /** A repeated byte that differs from the first copy: the packet goes on with the first copy (the default), or not at all. */
  readonly differing?: 'mend' | 'drop' | undefined
  /**
   * A packet that marks a byte as urgent, which hosts take out of the stream, be it in this packet or another: the mark is taken off, so that
   * the byte is read in its place (the default), or the packet is dropped.
   */
  readonly urgent?: 'inline' | 'drop' | undefined
  /**
   * Data in a SYN, which hosts read with TCP Fast Open alone: it is taken off, so that the client sends it again in order (the default), or
   * it passes, and counts when the server acknowledges it.
   */
  readonly synData?: 'strip' | 'wait' | undefined
  /** By how many bytes the segment size in both SYNs is lowered, to make room for bytes that are added; 0 by default. */
  readonly reserve?: number | undefined
  /** Connections at once; 262,144 by default. The one that is worth least makes room: over, then opening, then one-sided, then silent longest. */
  readonly connections?: number | undefined
  /** Bytes kept of all connections; 67,108,864 by default. Of those that keep any, the longest silent makes room. */
  readonly bytes?: number | undefined
  /** Bytes of one direction that were read, are not acknowledged and may be repeated; 4,194,304 by default. */
  readonly historyBytes?: number | undefined
  /** Bytes of one direction that wait for those before them; 1,048,576 by default. With more the connection is left to the queue. */
  readonly waitingBytes?: number | undefined
  /** Pieces they may be in; 1,024 by default. With more the connection is left to the queue. */
  readonly waitingPieces?: number | undefined
  /** Bytes of one stream that wait for its reader; 1,048,576 by default. Later ones are missing, and the reader is told. */
  readonly backlogBytes?: number | undefined
  /** Packets one connection may hold; 32 by default. */
  readonly holdPackets?: number | undefined
  /** Bytes one hold may hear; 65,536 by default. */
  readonly holdBytes?: number | undefined
  /** How long a hold may take, from its first packet on: 2,000 by default, less than a queue's deadline. */
  readonly holdMilliseconds?: number | undefined
  /** Packets all connections may hold; 256 by default, which must be less than the queue's `concurrency`. The longest holder makes room. */
  readonly heldPackets?: number | undefined
  /** Silence after which a connection that is not open yet is forgotten; 30,000 by default. */
  readonly openingMilliseconds?: number | undefined
  /** Silence after which an open connection is forgotten; 3,600,000 by default. */
  readonly idleMilliseconds?: number | undefined
  /** Silence after which a connection that is over is forgotten; 60,000 by default. */
  readonly overMilliseconds?: number | undefined
  /** Packets whose fragments may be coming; 1,024 by default. */
  readonly datagrams?: number | undefined
  /** Bytes of all fragments; 4,194,304 by default. */
  readonly fragmentBytes?: number | undefined
  /** Fragments of one packet; 64 by default. */
  readonly fragments?: number | undefined
  /** How long the fragments of a packet may take to come; 30,000 by default. */
  readonly fragmentMilliseconds?: number | undefined
}

/** All options, each with a value. */
export type Settings = { readonly [Name in keyof TrackerOptions]-?: NonNullable<TrackerOptions[Name]> }

const most = Number.MAX_SAFE_INTEGER

/** Whole numbers: the default, and what is allowed. */
const numbers = {
  reserve: [0, 0, 1_024],
  connections: [262_144, 1, 16_000_000],
  bytes: [67_108_864, 1, most],
  historyBytes: [4_194_304, 65_536, 0x4000_0000],
  waitingBytes: [1_048_576, 1, 0x4000_0000],
  waitingPieces: [1_024, 1, 1_048_576],
  backlogBytes: [1_048_576, 1, 0x4000_0000],
  holdPackets: [32, 1, 65_536],
  holdBytes: [65_536, 1, 0x4000_0000],
  holdMilliseconds: [2_000, 1, 0x7fff_ffff],
  heldPackets: [256, 1, 1_048_576],
  openingMilliseconds: [30_000, 1, most],
  idleMilliseconds: [3_600_000, 1, most],
  overMilliseconds: [60_000, 1, most],
  datagrams: [1_024, 1, 1_048_576],
  fragmentBytes: [4_194_304, 1, 0x4000_0000],
  fragments: [64, 1, 8_192],
  fragmentMilliseconds: [30_000, 1, most],
} as const satisfies { readonly [name: string]: readonly [usual: number, least: number, most: number] }

/** Words: the default first. */
const words = {
  midstream: ['follow', 'accept'],
  differing: ['mend', 'drop'],
  urgent: ['inline', 'drop'],
  synData: ['strip', 'wait'],
} as const

/** The options with their defaults. Throws `TypeError` for one there is not, and `RangeError` for a value that cannot be. */
export function settingsOf(options: TrackerOptions): Settings {
  const given: { readonly [name: string]: unknown } = { ...options }
  if (typeof given['judge'] !== 'function') throw new TypeError('judge: expected a function')
  const settings: { [name: string]: unknown } = { judge: given['judge'], clock: given['clock'] ?? systemClock }
  for (const [name, [usual, from, to]] of Object.entries(numbers)) {
    settings[name] = whole(name, given[name] ?? usual, from, to)
  }
  for (const [name, choices] of Object.entries(words)) settings[name] = word(name, given[name] ?? choices[0], choices)
  for (const name in given) {
    if (!(name in settings))
      throw new TypeError(`there is no option ${name}; there are ${Object.keys(settings).join(', ')}`)
  }
  return settings as unknown as Settings
}

function whole(name: string, value: unknown, from: number, to: number): number {
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number
  throw new RangeError(`${name}: ${String(value)} is no whole number from ${from} to ${to}`)
}

function word(name: string, value: unknown, choices: readonly string[]): string {
  if (typeof value === 'string' && choices.includes(value)) return value
  throw new RangeError(`${name}: ${String(value)} is none of ${choices.join(', ')}`)
}
