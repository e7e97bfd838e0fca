import { afterEach, beforeEach, describe } from 'vitest'
import { buffersClaims } from './compliance/buffers.ts'
import { deliveryClaims } from './compliance/delivery.ts'
import { lifeClaims } from './compliance/life.ts'
import { memoryClaims } from './compliance/memory.ts'
import { optionsClaims } from './compliance/options.ts'
import { sendingClaims } from './compliance/sending.ts'
import { Trial } from './compliance/trial.ts'
import type { Transport } from './transport.ts'

export { datagrams, Inbox } from './compliance/inbox.ts'

/** What the suite needs of an implementation. */
export interface Subject {
  /** Newly opened, nothing received yet. The suite closes it. */
  readonly transport: Transport
  /** One message that changes nothing and is never refused: an `NFQNL_MSG_CONFIG` with PF_BIND, say. */
  readonly request: Uint8Array
  /** Have another process send a datagram to a port id, and return when it was sent. Without it, that claim is skipped. */
  readonly intrude?: ((portId: number, datagram: Uint8Array) => void | Promise<void>) | undefined
}

/** What every `Transport` does. Call it at the top of a vitest file. */
export function compliance(name: string, factory: () => Subject | Promise<Subject>): void {
  describe(`${name} is a transport`, () => {
    const trial = new Trial(factory)
    beforeEach(() => trial.start())
    afterEach(() => trial.end())

    sendingClaims(trial)
    deliveryClaims(trial)
    memoryClaims(trial)
    buffersClaims(trial)
    optionsClaims(trial)
    lifeClaims(trial)
  })
}
