import { generateKeyPairSync } from 'node:crypto'
import { onTestFinished } from 'vitest'
import {
  type Author,
  type AuthorOptions,
  type FleetEvents,
  type FleetLog,
  type FleetTarget,
  type Gate,
  type GateOptions,
  openAuthor,
  openGate,
} from '../src/index.ts'

const pair = () => generateKeyPairSync('ed25519')
/** Keys of those who may speak, and of one who may not. */
export const authors = { ops: pair(), soc: pair() } as const
export const stranger = pair()

export const keys = { ops: authors.ops.publicKey, soc: authors.soc.publicKey }
export const fleet = 'office'

/** A target that keeps what it is told, and can be told to fail. */
export class Kept implements FleetTarget {
  readonly listed = new Map<string, { readonly list: 'blocked' | 'allowed'; readonly seconds: number | undefined }>()
  calls = 0
  failures = 0

  block(where: readonly string[], { seconds }: { seconds?: number } = {}) {
    return this.#do(() => {
      for (const one of where) this.listed.set(one, { list: 'blocked', seconds })
    })
  }

  allow(where: readonly string[], { seconds }: { seconds?: number } = {}) {
    return this.#do(() => {
      for (const one of where) this.listed.set(one, { list: 'allowed', seconds })
    })
  }

  unlist(where: readonly string[]) {
    return this.#do(() => {
      for (const one of where) this.listed.delete(one)
    })
  }

  /** Sorted: who is on a list. */
  on(list: 'blocked' | 'allowed'): string[] {
    return Array.from(this.listed)
      .filter(([, one]) => one.list === list)
      .map(([place]) => place)
      .sort()
  }

  async #do(what: () => void) {
    this.calls++
    await new Promise((resolve) => setImmediate(resolve))
    if (this.failures-- > 0) throw new Error('the kernel is busy')
    what()
  }
}

/** A gate that ends with the test, and what it has told. */
export function gateOn(log: FleetLog, options: Partial<GateOptions> = {}) {
  const target = new Kept()
  const policies = new Map<string, unknown>()
  const gate: Gate = openGate({
    ...{ fleet, keys, log, target },
    policy: (name, value) => policies.set(name, value),
    ...options,
  })
  const told: { [event in keyof FleetEvents]: FleetEvents[event][0][] } = {
    ...{ refused: [], missing: [], caughtUp: [], trouble: [] },
  }
  for (const event of Object.keys(told) as (keyof FleetEvents)[])
    gate.on(event, (what) => void (told[event] as unknown[]).push(what))
  onTestFinished(() => gate.close())
  return { gate, target, policies, told }
}

export async function authorOn(
  log: FleetLog,
  author: keyof typeof authors = 'ops',
  options: Partial<AuthorOptions> = {},
): Promise<Author> {
  const opened = await openAuthor({ fleet, keys, log, author, key: authors[author].privateKey, ...options })
  onTestFinished(() => opened.close())
  return opened
}
