import { encodeAck } from '@nfkit/netlink-codec'
import { Patience } from './patience.ts'
import { ReplayAnswers } from './replay-answers.ts'
import { type ReplayDifference, ReplayError } from './replay-difference.ts'
import type { ReplayScript } from './replay-script.ts'
import type { ReplaySocket } from './replay-socket.ts'
import type { ReplaySettings } from './replay-transport.ts'
import { type Sent, SentQueue } from './sent-queue.ts'

/** Where a replay and our code meet: what both sides of it share. */
export class ReplayStage {
  readonly settings: ReplaySettings
  readonly script: ReplayScript
  readonly sockets = new Map<string, ReplaySocket>()
  readonly sent: SentQueue
  readonly answers = new ReplayAnswers()
  readonly patience: Patience
  readonly differences: ReplayDifference[] = []
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

  /** Our code did something else than was recorded. Throws that as a `ReplayError`, unless differences are collected. */
  differs(difference: ReplayDifference): void {
    this.differences.push(difference)
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
}
