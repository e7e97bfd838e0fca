/**
 * The tests every `Transport` passes: run them against a transport of your own.
 *
 * @module
 */

import { afterEach, beforeEach, describe } from 'vitest'
import { buffersClaims } from './buffers.ts'
import { deliveryClaims } from './delivery.ts'
import { lifeClaims } from './life.ts'
import { memoryClaims } from './memory.ts'
import { optionsClaims } from './options.ts'
import { sendingClaims } from './sending.ts'
import { type Subject, Trial } from './trial.ts'

export { datagrams, Inbox } from './inbox.ts'

export type { Subject } from './trial.ts'

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
