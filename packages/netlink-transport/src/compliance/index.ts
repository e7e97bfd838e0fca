/**
 * The tests every `Transport` passes: run them against a transport of your own.
 *
 * @module
 */

import { buffersClaims } from './buffers.ts'
import { deliveryClaims } from './delivery.ts'
import { heirClaims } from './heirs.ts'
import { lifeClaims } from './life.ts'
import { memoryClaims } from './memory.ts'
import { optionsClaims } from './options.ts'
import { readingNowClaims } from './reading-now.ts'
import { claimsOf, type Runner } from './runner.ts'
import { answeringClaims, sendingClaims } from './sending.ts'
import { type Subject, Trial } from './trial.ts'

export { datagrams, Inbox } from './inbox.ts'
export type { Runner } from './runner.ts'
export type { Subject } from './trial.ts'

/**
 * What every `Transport` does, as tests of the runner that is handed in. Call it at the top of a test file.
 *
 * @example
 * import { afterEach, beforeEach, describe, test } from 'node:test'
 * import { messageFlags } from '@nfkit/netlink-codec'
 * import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
 * import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
 * import { compliance } from '@nfkit/netlink-transport/compliance'
 * import { SimulatedKernel } from '@nfkit/simulator'
 *
 * // A request that changes nothing and is never refused: PF_BIND.
 * const header = { type: nfqueueMessage.config.type, flags: messageFlags.request }
 * const request = encodeMessage(header, queueConfig, { cmd: { command: 3, pf: 2 } })
 * const open = () => ({ transport: new SimulatedKernel().connect(), request })
 *
 * compliance('my transport', open, { describe, test, beforeEach, afterEach })
 */
export function compliance(name: string, factory: () => Subject | Promise<Subject>, runner: Runner): void {
  runner.describe(`${name} is a transport`, () => {
    const trial = new Trial(factory)
    runner.beforeEach(() => trial.start())
    runner.afterEach(() => trial.end())

    const claims = [
      ...[sendingClaims, answeringClaims, deliveryClaims, readingNowClaims, memoryClaims],
      ...[buffersClaims, optionsClaims, lifeClaims, heirClaims],
    ]
    for (const state of claims) state(claimsOf(runner), trial)
  })
}
