import { encodeAck } from '@nfkit/netlink-codec'
import { ReplayAnswers } from './answers.ts'
import { Deferred } from './deferred.ts'
import { type ReplayDifference, ReplayError } from './difference.ts'
import { Patience } from './patience.ts'
import type { ReplayScript } from './script.ts'
import { type Sent, SentQueue } from './sent/queue.ts'
import type { ReplaySettings } from './settings.ts'
import type { ReplaySocket } from './socket.ts'

/** Differences that are kept, at most. */
const mostKept = 1_000

/** Where a replay and our code meet: what both sides of it share. */
export class ReplayStage {
  readonly settings: ReplaySettings
  readonly script: ReplayScript
  readonly sockets = new Map<string, ReplaySocket>()
  readonly sent: SentQueue
  readonly answers = new ReplayAnswers(this.sockets)
  readonly patience: Patience
  /** Resolves when the kernel has nothing more to send by itself. */
  readonly quiet = new Deferred<void>()
  /** The first of them; `different` counts all. */
  readonly differences: ReplayDifference[] = []
  different = 0
  /** Number of the last record played. */
  record = 0
  /** All of the recording was played. */
  ended = false
  failure: ReplayError | undefined

  constructor(script: ReplayScript, settings: ReplaySettings) {
    this.script = script
    this.settings = settings
    this.sent = new SentQueue(settings.compare)
    this.patience = new Patience(settings.patienceMilliseconds)
  }

  /** Our code has closed all its sockets. */
  get abandoned(): boolean {
    return [...this.sockets.values()].every((socket) => socket.closed)
  }

  /** Deliveries our code has not taken yet. */
  get waiting(): number {
    return [...this.sockets.values()].reduce((sum, socket) => sum + socket.waiting, 0)
  }

  /** Throws the difference that ended the replay, or the reason of a signal that has. */
  throwIfStopped(): void {
    if (this.failure) throw this.failure
    this.settings.signal?.throwIfAborted()
  }

  /** Our code did something else than was recorded. Throws that as a `ReplayError`, unless differences are collected. */
  differs(difference: ReplayDifference): void {
    this.different++
    if (this.differences.length < mostKept) this.differences.push(difference)
    if (this.settings.onDifference === 'collect') return
    this.failure ??= new ReplayError(difference)
    this.patience.wake()
    throw this.failure
  }

  /** Answer what the recording has no answer to. */
  acknowledge({ socket, message }: Sent): void {
    if (!message.wantsAnswer) return
    socket.deliver(encodeAck(message.message.bytes, { errno: 0, portId: socket.portId }))
  }

  /**
   * Wait for our code to do something, as long as patience lasts from the last thing it did. When nothing else comes from the kernel
   * by itself, what `ends` the program is not done unless it is told that all is quiet.
   */
  async until(isSo: () => boolean, wait: 'waits' | 'ends' = 'waits'): Promise<boolean> {
    let told = false
    while (!isSo()) {
      this.throwIfStopped()
      if (this.abandoned) return false
      if (!told && wait === 'ends' && this.waiting === 0) told = this.#tellQuiet()
      if (await this.patience.change()) continue
      if (this.waiting > 0 || isSo()) continue
      if (told || !this.#tellQuiet()) return false
      told = true
    }
    return true
  }

  #tellQuiet(): boolean {
    if (!this.script.isWhole || this.answers.hasUnsolicited(this.script.ahead)) return false
    this.quiet.resolve()
    return true
  }
}
