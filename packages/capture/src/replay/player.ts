import { control, printable, u16, u32 } from '@nfkit/netlink-codec'
import { TransportError } from '@nfkit/netlink-transport'
import { rootSocket } from '../netlink/note.ts'
import { ReplayPace } from '../packets/pace.ts'
import { changed, missing, otherCall, outOfOrder, unexpected } from './difference.ts'
import { ComparedMessage } from './sent/message.ts'
import type { Match } from './sent/queue.ts'
import type { ReplayReport } from './settings.ts'
import type { ReplaySocket } from './socket.ts'
import type { ReplayStage } from './stage.ts'
import type { CallStep, FailureStep, ReceiveStep, ReplayStep, SendStep } from './step.ts'

/** Deliveries that may wait for our code, at most. */
const mostWaiting = 4096

/** Plays a recording step by step: delivers what the kernel sent, and waits for our code to send what it sent then. */
export class ReplayPlayer {
  readonly #stage: ReplayStage
  readonly #pace: ReplayPace
  #matched = 0

  constructor(stage: ReplayStage) {
    this.#stage = stage
    this.#pace = new ReplayPace(stage.settings.timing, {}, stage.settings.signal)
  }

  /** Play all of it. Rejects as `ReplayTransport.finished` says. */
  async play(): Promise<ReplayReport> {
    const stage = this.#stage
    const { signal } = stage.settings
    const wake = () => stage.patience.wake()
    signal?.addEventListener('abort', wake)
    try {
      for (let step = stage.script.peek(); step; step = stage.script.peek()) {
        await this.#step(step)
        stage.throwIfStopped()
        if (stage.abandoned) break
        stage.record = step.record.number
        stage.script.take()
        await stage.script.fill()
      }
      this.#endSurplus(undefined)
    } finally {
      signal?.removeEventListener('abort', wake)
      stage.ended = true
      stage.patience.end()
      stage.quiet.resolve()
      await stage.script.close()
    }
    return { records: stage.record, matched: this.#matched, differences: stage.differences, different: stage.different }
  }

  async #step(step: ReplayStep): Promise<void> {
    this.#stage.answers.see(step)
    switch (step.kind) {
      case 'send':
        if (step.error) return this.#done(step)
        for (const message of step.messages) await this.#expect(step, new ComparedMessage(message))
        return
      case 'call':
        return this.#done(step)
      case 'receive':
      case 'failure':
        return this.#deliver(step)
      default:
        return step satisfies never
    }
  }

  async #deliver(step: ReceiveStep | FailureStep): Promise<void> {
    const { answers, patience } = this.#stage
    const asked = step.kind === 'receive' ? answers.askedFor(step) : undefined
    // Captures that do not tell sockets apart do tell whose request is answered.
    const to = (step.socket === undefined ? asked?.socket : undefined) ?? (await this.#opened(step))
    if (to === undefined) return
    const due = this.#pace.until(step.record.timestampNs)
    if (due) await due
    while (to.waiting >= mostWaiting) {
      this.#stage.throwIfStopped()
      await patience.change()
    }
    if (step.kind === 'failure') to.deliver(new TransportError(step.error.syscall, step.error.errno))
    else if (asked === undefined || asked.wantsAnswer || !isAcknowledgement(step.bytes))
      to.deliver(answers.rewritten(step, asked))
    if (asked?.acknowledgement && to === asked.socket && step.kind === 'receive') {
      // A refusal is an answer in full.
      if (u16(step.bytes, 4) !== control.error) asked.acknowledgement()
      asked.acknowledgement = undefined
    }
  }

  /** The socket something recorded happens on; `undefined` when our code does not open it. */
  async #opened({ socket = rootSocket, record }: ReplayStep): Promise<ReplaySocket | undefined> {
    const { sockets } = this.#stage
    if (await this.#stage.until(() => sockets.has(socket))) return sockets.get(socket)
    this.#stage.differs(otherCall(record.number, `sibling() that is ${socket}`, undefined))
    return undefined
  }

  /** Wait for a call, or a send that failed. */
  async #done(step: SendStep | CallStep): Promise<void> {
    if (await this.#stage.until(() => step.done)) return
    if (step.kind === 'send' && step.messages[0]) {
      const recorded = new ComparedMessage(step.messages[0])
      return this.#stage.differs(missing(step.record, recorded, this.#stage.sent.on(step.socket)))
    }
    const text = step.kind === 'call' ? callText(step.note.call, step.note.arguments) : 'send(nothing)'
    this.#stage.differs(otherCall(step.record.number, text, undefined))
  }

  /** Wait for our code to send one recorded message. */
  async #expect(step: SendStep, recorded: ComparedMessage): Promise<void> {
    const stage = this.#stage
    let match: Match | undefined
    const isSent = () => {
      match ??= stage.sent.match(step.socket, recorded)
      return match !== undefined
    }
    while (!(await this.#stage.until(isSent, recorded.isVerdict ? 'waits' : 'ends'))) {
      const surplus = stage.settings.onDifference === 'collect' && this.#endSurplus(step.socket)
      if (!surplus) return stage.differs(missing(step.record, recorded, stage.sent.on(step.socket)))
    }
    this.#matchedWith(step, recorded, match!)
  }

  #matchedWith({ socket, record }: SendStep, recorded: ComparedMessage, { sent, equal, before }: Match): void {
    const { answers, script } = this.#stage
    const { wantsAnswer } = sent.message
    const { sequence, portId } = sent.message.message
    const original = recorded.message.sequence
    const acknowledge = () => this.#stage.acknowledge(sent)
    const answered = original !== 0 && answers.isAnswered(socket, original, script.ahead)
    if (wantsAnswer && !recorded.wantsAnswer && !answered) acknowledge()
    if (original !== 0) {
      // The end of a dump is its own acknowledgement.
      const later = wantsAnswer && !recorded.wantsAnswer && answered && !sent.message.isDump
      const acknowledgement = later ? acknowledge : undefined
      answers.add(socket, original, { socket: sent.socket, sequence, portId, wantsAnswer, acknowledgement })
    }
    if (equal) this.#matched++
    else this.#stage.differs(changed(record, recorded, sent.message))
    if (before) this.#stage.differs(outOfOrder(record, sent.message, before))
  }

  /** Report what was sent beyond the recording, and answer it; whether there was any. */
  #endSurplus(socket: string | undefined): boolean {
    const stage = this.#stage
    const surplus = stage.sent.takeAll(socket)
    for (const sent of surplus) {
      stage.acknowledge(sent)
      stage.differs(unexpected(stage.record, sent.message))
    }
    return surplus.length > 0
  }
}

/** A call as people read it: `join(1)`. */
export function callText(call: string | undefined, args: readonly unknown[] = []): string {
  return printable(`${call}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
}

function isAcknowledgement(bytes: Uint8Array): boolean {
  return u16(bytes, 4) === control.error && u32(bytes, 16) === 0
}
