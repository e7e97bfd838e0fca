import type { Tell } from '../events.ts'
import type { Settings } from '../settings/settings.ts'
import type { QueueStatus } from '../status.ts'
import type { Counts } from './counts.ts'

/** Packets there is no room for: the kernel drops them or, with `failOpen`, lets them past unseen. */
export class Overflow {
  readonly #counts: Counts
  readonly #tell: Tell
  readonly #status: () => QueueStatus | undefined
  #settings: Settings
  /** Packets a full queue has dropped, as far as is known, and how many of them were told. */
  #dropped = 0
  #told = 0
  /** When the latest burst was read, and how many packets waited when its newest one was. */
  #burst = 0
  #waiting = 0
  /** Whether the queue was full since the last look, and before that. */
  #full = false
  #wasFull = false

  /** `status` is the queue's line in the kernel's table of queues. */
  constructor(settings: Settings, counts: Counts, tell: Tell, status: () => QueueStatus | undefined) {
    this.#settings = settings
    this.#counts = counts
    this.#tell = tell
    this.#status = status
  }

  /** The kernel has acknowledged other settings. */
  adapt(settings: Settings): void {
    this.#settings = settings
  }

  /** Whether what finds no room passes unseen. */
  get failOpen(): boolean {
    return this.#settings.failOpen
  }

  /** So many ids never came: the socket was full. */
  missing(packets: number): void {
    const becomes = this.failOpen ? 'passed' : 'lost'
    this.#counts[becomes] += packets
    this.#tell(becomes, { packets, where: 'socket' })
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
    if (status) this.#dropped = status.queueDropped
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
