import { errno } from '@nfkit/netlink-codec'
import { TransportError } from '@nfkit/netlink-transport'
import { rootSocket } from '../netlink/note.ts'
import { Deferred } from './deferred.ts'
import { otherCall } from './difference.ts'
import { callText, ReplayPlayer } from './player.ts'
import { ReplayScript } from './script.ts'
import { ComparedMessage } from './sent/message.ts'
import type { ReplayReport, ReplaySettings } from './settings.ts'
import { type ReplayHost, ReplaySocket } from './socket.ts'
import { ReplayStage } from './stage.ts'
import { type CallStep, type ReplayStep, type SendStep, wholeMessages } from './step.ts'

/** A replay as our code sees it: its sockets, and what they do with what they are asked. */
export class Replay implements ReplayHost {
  readonly #stage: ReplayStage
  readonly #player: ReplayPlayer
  readonly #finished = new Deferred<ReplayReport>()

  constructor(steps: AsyncIterator<ReplayStep>, settings: ReplaySettings) {
    this.#stage = new ReplayStage(new ReplayScript(steps), settings)
    this.#player = new ReplayPlayer(this.#stage)
  }

  get quiet(): Promise<void> {
    return this.#stage.quiet.promise
  }

  get finished(): Promise<ReplayReport> {
    return this.#finished.promise
  }

  /** Read the beginning, open the first socket, and start to play. */
  async start(): Promise<ReplaySocket> {
    await this.#stage.script.fill()
    const socket = this.open(rootSocket)
    this.#player.play().then(
      (report) => this.#finished.resolve(report),
      (error) => {
        this.#finished.reject(error)
        const { sent, settings, sockets } = this.#stage
        // A program that waits for an answer must not wait for ever.
        if (settings.signal?.aborted) for (const one of sent.takeAll(undefined)) this.#stage.acknowledge(one)
        else for (const open of sockets.values()) open.deliver(new TransportError('replay', errno.EPROTO))
      },
    )
    return socket
  }

  open(name: string): ReplaySocket {
    const { sockets, patience } = this.#stage
    const socket = new ReplaySocket(this, name, sockets.size + 1)
    sockets.set(name, socket)
    patience.wake()
    return socket
  }

  interfaceName(index: number): string | undefined {
    return this.#stage.script.interfaceNames.get(index)
  }

  changed(): void {
    this.#stage.patience.wake()
  }

  sent(socket: ReplaySocket, datagram: Uint8Array): void {
    const stage = this.#stage
    if (stage.failure) throw stage.failure
    const sent = wholeMessages(datagram).map((message) => ({ socket, message: new ComparedMessage(message) }))
    const refused = this.#refusal(
      socket,
      sent.map(({ message }) => message),
    )
    if (refused) {
      refused.done = true
      stage.patience.wake()
      throw new TransportError(refused.error!.syscall, refused.error!.errno)
    }
    if (datagram.length === 0) throw new TransportError('sendto', errno.ENODATA)
    if (datagram.length > socket.sendLimit) throw new TransportError('sendto', errno.EMSGSIZE)
    for (const one of sent) {
      if (stage.ended) stage.acknowledge(one)
      else stage.sent.add(one)
    }
    stage.patience.wake()
  }

  called(socket: ReplaySocket, call: string, args: readonly unknown[]): unknown {
    const stage = this.#stage
    if (stage.failure) throw stage.failure
    const isNext = (step: ReplayStep): step is CallStep =>
      step.kind === 'call' && step.socket === socket.name && !step.done
    const step = stage.script.ahead.find(isNext)
    const text = callText(call, args)
    if (step === undefined) {
      if (this.#knowsCalls) stage.differs(otherCall(stage.record, undefined, text))
      return undefined
    }
    step.done = true
    stage.patience.wake()
    const recorded = callText(step.note.call, step.note.arguments)
    if (recorded !== text) stage.differs(otherCall(step.record.number, recorded, text))
    if (step.error) throw new TransportError(step.error.syscall, step.error.errno)
    return step.note.result
  }

  /** Whether calls are recorded, as captures of nlmon have none, and there are more to come. */
  get #knowsCalls(): boolean {
    return !this.#stage.ended && this.#stage.script.ahead.some(({ socket }) => socket !== undefined)
  }

  /** The recorded send of the same messages that failed. */
  #refusal(socket: ReplaySocket, sent: readonly ComparedMessage[]): SendStep | undefined {
    const { compare } = this.#stage.settings
    return this.#stage.script.ahead.find(
      (step): step is SendStep =>
        step.kind === 'send' &&
        step.socket === socket.name &&
        step.error !== undefined &&
        !step.done &&
        step.messages.length === sent.length &&
        step.messages.every((message, i) => new ComparedMessage(message).same(compare) === sent[i]!.same(compare)),
    )
  }
}
