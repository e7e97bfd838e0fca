import type { QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import type { Tell } from '../events.ts'
import type { Settings } from '../settings/settings.ts'
import type { Counts } from './counts.ts'
import { PacketIds } from './ids.ts'

type Fate = 'passed' | 'lost'

const becomes = (failOpen: boolean): Fate => (failOpen ? 'passed' : 'lost')

/** What becomes of packets without room up to an id. */
interface Era {
  readonly upTo: number
  readonly becomes: Fate
}

/** Packets there is no room for: the kernel drops them or, with `failOpen`, lets them past unseen. */
export class Overflow {
  readonly #counts: Counts
  readonly #tell: Tell
  readonly #status: () => QueueStatus | undefined
  #ids: PacketIds
  #first: number | undefined
  #unseen: boolean
  #isBegun!: (first: number) => void
  /** Resolves with the id of the first packet that comes, where a program before may have read others. */
  readonly begun: Promise<number>
  #settings: Settings
  /** What became of earlier ids that found no room, up to the newest one of each time, as far as gaps may still show. */
  readonly #eras: Era[] = []
  /** Packets a full queue has dropped, as far as is known, and how many of them were told; before that, those of the program before. */
  #dropped = 0
  #told = 0
  #droppedBefore = 0
  /** When the latest burst was read, and how many packets waited when its newest one was. */
  #burst = 0
  #waiting = 0
  /** Whether the queue was full since the last look, and before that. */
  #full = false
  #wasFull = false

  /** `status` is the queue's line in the kernel's table of queues. `isNew`: no program can have read packets of it before. */
  constructor(settings: Settings, counts: Counts, tell: Tell, status: () => QueueStatus | undefined, isNew: boolean) {
    this.#settings = settings
    this.#counts = counts
    this.#tell = tell
    this.#status = status
    this.#unseen = !isNew
    this.begun = new Promise((resolve) => {
      this.#isBegun = resolve
    })
    this.#ids = new PacketIds(isNew ? 0 : undefined, (first) => {
      this.#first = first
      this.#isBegun(first)
    })
  }

  /** The newest id that came; `undefined` where none is known. */
  get lastId(): number | undefined {
    return this.#ids.last
  }

  /** The id of the first packet that came, where a program before may have read others. */
  get firstId(): number | undefined {
    return this.#first
  }

  /**
   * Whether packets may wait in the kernel that were sent before the newest that came, and never came. What the socket had no room for does not
   * wait (__nfqnl_enqueue_packet, net/netfilter/nfnetlink_queue.c), but an id may be missing for other reasons: a filter of the socket, a message
   * that was cut, a program that read before. Until the kernel's table says that none waits, some may.
   */
  get unseen(): boolean {
    return this.#unseen || !this.#ids.inOrder
  }

  /** A packet came that nobody has seen. */
  missed(): void {
    this.#unseen = true
  }

  /** A program before has read the packets up to `last`, if that is known, and what `status` counts was its own. */
  goOn(last: number | undefined, status: QueueStatus | undefined): void {
    this.#droppedBefore = status?.queueDropped ?? 0
    if (last === undefined) return
    if (this.#first === undefined) this.#ids = new PacketIds(last)
    else this.#missing(Math.max(0, (this.#first - last - 1) | 0), becomes(this.failOpen))
  }

  /** The kernel has taken other settings just now. Where its table cannot be read, earlier gaps are named by them, too. */
  adapt(settings: Settings): void {
    const { failOpen } = this
    this.#settings = settings
    if (failOpen === settings.failOpen) return
    const upTo = this.#status()?.lastId
    if (upTo !== undefined && upTo !== this.#eras.at(-1)?.upTo) this.#eras.push({ upTo, becomes: becomes(failOpen) })
  }

  /** Whether what finds no room passes unseen. */
  get failOpen(): boolean {
    return this.#settings.failOpen
  }

  /** The packet with this id has come. Ids between the last one and this never will: the socket was full. */
  came(id: number): void {
    const missing = this.#ids.missingBefore(id)
    if (missing > 0) this.#cameAfter(missing, id)
  }

  // Apart: it is called for few packets, and what is called for each is to be short.
  #cameAfter(missing: number, id: number): void {
    let left = missing
    this.#unseen = true
    for (let era = this.#eras[0]; era && left > 0; era = this.#eras[0]) {
      left -= this.#missing(Math.min(left, Math.max(0, (era.upTo - id + left + 1) | 0)), era.becomes)
      if (left > 0) this.#eras.shift()
    }
    this.#missing(left, becomes(this.failOpen))
  }

  #missing(packets: number, fate: Fate): number {
    if (packets === 0) return 0
    this.#counts[fate] += packets
    this.#tell(fate, { packets, where: 'socket' })
    return packets
  }

  /** A packet of the burst read at this time has come while so many others waited. All of a burst wait until it is over. */
  arrived(burst: number, pending: number): void {
    if (burst !== this.#burst) {
      this.#burst = burst
      this.#waiting = pending
    }
    if (++this.#waiting >= this.#settings.maxLength) this.#isFull()
  }

  /** See what the kernel's table tells, and tell what is new. */
  look(): void {
    const status = this.#read()
    if (this.failOpen && status !== undefined && status.waiting >= this.#settings.maxLength) this.#isFull()
    this.#wasFull = this.#full
    this.#full = false
    const packets = this.#dropped - this.#told
    this.#told = this.#dropped
    if (packets > 0) this.#tell('lost', { packets, where: 'queue' })
  }

  /** Packets a full queue has dropped. The last count stays when the queue is gone. */
  get dropped(): number {
    this.#read()
    return this.#dropped
  }

  #read(): QueueStatus | undefined {
    const status = this.#status()
    if (status) this.#dropped = status.queueDropped - this.#droppedBefore
    if (status?.waiting === 0) this.#unseen = false
    return status
  }

  /** Told when it begins, for the kernel does not count what passes. */
  #isFull(): void {
    if (this.#full) return
    this.#full = true
    if (this.#wasFull) return
    const { maxLength } = this.#settings
    this.#tell(
      'warning',
      `the queue is full: ${maxLength} packets wait (maxLength), and with failOpen those that come meanwhile pass unseen, uncounted by the kernel; judge faster, or raise maxLength`,
    )
  }
}
