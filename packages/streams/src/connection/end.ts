import { Direction } from '../direction/direction.ts'
import type { DirectionOwner } from '../direction/owner.ts'
import type { Fate } from '../fate.ts'
import type { Aside } from '../hold/aside.ts'
import type { Hold } from '../hold/hold.ts'
import type { ConnectionVerdict } from '../hold/verdict.ts'
import type { Edit } from '../rewrite/edit.ts'
import { EditMap } from '../rewrite/edit-map.ts'
import { acknowledgedPosition, type Numbering } from '../rewrite/translate.ts'
import type { Segment } from '../segment/segment.ts'
import { isNotOlder } from '../segment/sequence.ts'
import { type Synchronization, scaleBetween } from '../segment/synchronization.ts'
import type { StreamEnd } from '../stream/end.ts'
import { Stream, type StreamOwner } from '../stream/stream.ts'
import type { Surroundings } from './surroundings.ts'
import { TooEarly } from './too-early.ts'

const nothing = new Uint8Array(0)

/** One end of a connection: what it says, and how far that has gone. */
export class End implements DirectionOwner, StreamOwner {
  readonly #surroundings: Surroundings
  /** Whether a packet of it was seen. */
  seen = false
  /** The SYN it opened with. */
  syn: Synchronization | undefined
  /** A later SYN with another number: the other end's answer says whether it opens a new connection. */
  candidate: Synchronization | undefined
  direction: Direction | undefined
  /** The newest it has told of its clock. */
  timestamp: number | undefined
  /** The largest window it has announced, in bytes. */
  largestWindow = 0
  /** Position up to which packets with its data went on. */
  passed = 0
  edits: EditMap | undefined
  hold: Hold | undefined
  /** Its packets that came too early, where packets go on in order only. */
  tooEarly: TooEarly | undefined
  /** The data of its SYN, as far as the other end has read it. */
  openingData: Uint8Array | undefined
  /** Bytes that are kept of it. */
  kept = 0
  /** What a listener threw. */
  failure: unknown
  /** What it acknowledged last, and the window it announced. */
  #answered: number | undefined
  #announced: number | undefined
  #stream: Stream | undefined
  #telling: number | undefined
  #finished: StreamEnd | undefined

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** What it says, for the program. */
  get stream(): Stream {
    if (this.#stream === undefined) {
      this.#stream = new Stream(this, this.direction?.next ?? 0)
      if (this.#finished !== undefined) this.#stream.finish(this.#finished)
    }
    return this.#stream
  }

  /** Its first byte has this number. */
  begin(origin: number): Direction {
    this.direction = new Direction(origin, this.#surroundings.direction, this)
    return this.direction
  }

  /** It has sent a SYN. */
  open(opening: Synchronization): void {
    this.seen = true
    this.syn = opening
    this.largestWindow = opening.window
    const size = opening.data?.length ?? 0
    this.begin(opening.origin).sent = size
    this.charge(size)
  }

  /** How what it says is numbered; `undefined` while nothing was seen of it. */
  get numbering(): Numbering | undefined {
    if (this.direction === undefined) return undefined
    const { origin, next } = this.direction
    return { origin, next, edits: this.edits }
  }

  /** The position of what the other end acknowledges of what it said. */
  acknowledgedBy(segment: Segment): number {
    const direction = this.direction!
    if (this.edits === undefined) return direction.positionOf(segment.acknowledgment)
    return acknowledgedPosition(segment.acknowledgment, this.numbering!, this.edits)
  }

  /** The other end acknowledges, and announces a window. */
  acknowledge(segment: Segment, by: End): void {
    const { direction, edits } = this
    if (direction === undefined) return
    const window = segment.window * (1 << scaleBetween(by.syn, this.syn))
    if (window > by.largestWindow) by.largestWindow = window
    const position = this.acknowledgedBy(segment)
    const reach = (segment.acknowledgment + window) | 0
    direction.acknowledge(position, edits ? acknowledgedPosition(reach, this.numbering!, edits) : position + window)
    edits?.settle(direction.acknowledged)
    by.#answered = segment.acknowledgment
    by.#announced = segment.window
  }

  /** Whether a segment of it acknowledges and announces what the one before did: that changes nothing. */
  repeatsAnswer(acknowledgment: number, window: number): boolean {
    return acknowledgment === this.#answered && window === this.#announced
  }

  /** Position from which on what it says can be changed: nothing of it has gone on. */
  get changeable(): number {
    return Math.max(this.passed, this.edits?.end ?? 0)
  }

  edit(edit: Edit): void {
    if (this.syn?.signed) throw new Error('the connection signs its segments: nothing in them can be changed')
    this.edits ??= new EditMap()
    this.edits.add(edit)
  }

  /** Whether the program reads what it says, or may change it. */
  get isHeard(): boolean {
    return this.#stream !== undefined || this.hold !== undefined
  }

  /** Whether packets go on as they are. */
  get isPlain(): boolean {
    return this.edits === undefined && this.hold === undefined && this.tooEarly === undefined
  }

  /** Let packets go on in order only. */
  keepOrder(): void {
    this.tooEarly ??= new TooEarly(this.#surroundings.share, this.#surroundings.hold.packets)
  }

  /**
   * Where a segment that may go on has to go: on, aside until there is a verdict, or nowhere, because a copy of it is aside.
   * `end` is the position behind its data.
   */
  wayOf(segment: Segment, end: number, fate: Fate): 'on' | 'aside' | 'nowhere' {
    const reaches = segment.fin ? end + 1 : end
    if (this.hold !== undefined && reaches > this.hold.from) return fate === 'repeated' ? 'nowhere' : 'aside'
    if (this.tooEarly !== undefined && end > this.direction!.next) return fate === 'repeated' ? 'nowhere' : 'aside'
    return 'on'
  }

  /** Put a packet aside. `false` when it cannot be: the hold is over, or there is no room. */
  putAside(packet: Aside): boolean {
    return (this.hold ?? this.tooEarly)?.put(packet) ?? false
  }

  /** A packet with its data has gone on. */
  hasPassed(sequence: number, size: number): void {
    const { direction } = this
    if (direction === undefined) return
    const end = direction.positionOf(sequence) + size
    if (end > this.passed) this.passed = end
  }

  /** Read the data of its SYN, once the program may look. */
  readOpening(): void {
    const { openingData: data, direction } = this
    if (data === undefined) return
    this.#forgetOpening()
    direction?.take({ sequence: direction.origin, size: data.length, data, fin: false })
  }

  /** What it has told of its clock, in order. */
  tellTime(timestamp: number | undefined): void {
    if (timestamp === undefined) return
    if (this.timestamp === undefined || isNotOlder(timestamp, this.timestamp)) this.timestamp = timestamp
  }

  /** Position from which on packets have not gone on, for what begins now: that of a chunk while it is told. */
  get beginning(): number {
    return this.#telling ?? this.direction?.next ?? 0
  }

  said(data: Uint8Array, position: number): void {
    this.#telling = position
    try {
      this.#stream?.said(data, position)
    } finally {
      this.#telling = undefined
    }
    this.hold?.hear(data, false)
  }

  missed(from: number, to: number): void {
    this.#stream?.missed(from, to)
    this.hold?.end('unjudged', 'lost')
  }

  ended(): void {
    this.finish('fin')
  }

  /** Nothing more comes from it. */
  finish(end: StreamEnd): void {
    if (this.#finished !== undefined) return
    this.#finished = end
    this.#stream?.finish(end)
    if (end === 'fin' || end === 'reset') this.hold?.hear(nothing, true)
  }

  /** Nothing more is read of it: memory goes, and packets that are aside have the verdict of all. */
  close(verdict: ConnectionVerdict): void {
    this.#forgetOpening()
    this.direction?.close()
    this.tooEarly?.release(Number.POSITIVE_INFINITY, verdict)
  }

  get backlog(): number {
    return this.#surroundings.backlog
  }

  charge(bytes: number): void {
    this.kept += bytes
    this.#surroundings.bytes += bytes
  }

  failed(error: unknown): void {
    this.failure ??= error
  }

  #forgetOpening(): void {
    this.openingData = undefined
    if (this.syn?.data === undefined) return
    this.charge(-this.syn.data.length)
    this.syn = { ...this.syn, data: undefined }
  }
}
