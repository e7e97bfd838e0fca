import { onTestFinished } from 'vitest'
import { type Firewall, type FirewallOptions, type JudgedConnection, openFirewall } from '../../src/index.ts'
import type { Line, World } from './world.ts'

/** A firewall of a test, what its judge was asked, and what went wrong. */
export interface Staged {
  readonly firewall: Firewall
  /** Connections the judge was asked about, in order. */
  readonly asked: JudgedConnection[]
}

/** Opens a firewall that ends with the test, and must have had no trouble by then. */
export async function staged(world: World, options: Partial<FirewallOptions> = {}): Promise<Staged> {
  const asked: JudgedConnection[] = []
  const { judge = () => 'accept', ...others } = options
  const firewall = await openFirewall({
    transport: () => world.connect(),
    name: 'staged',
    hooks: ['output'],
    match: ['tcp dport 4000', 'udp dport 4000'],
    absent: 'accept',
    ...world.options,
    ...others,
    judge(connection) {
      asked.push(connection)
      return judge(connection)
    },
  })
  const troubles: unknown[] = []
  firewall.on('trouble', (error) => troubles.push(error)).on('warning', (text) => troubles.push(text))
  onTestFinished(async () => {
    await firewall.remove()
    await world.fresh()
    if (troubles.length > 0) throw new AggregateError(troubles, 'the firewall had trouble')
  })
  return { firewall, asked }
}

/** What a program gets of a connection that was broken off: by its own kernel, or by a reset. */
export const brokenOff = /^ECONN(RESET|ABORTED)$/

/** A promise, and what settles it. */
export function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Says something after a silence, until something is heard: TCP waits twice as long before each time it sends again. */
export async function sayAgain(line: Line, text: string): Promise<string> {
  for (let attempts = 4; ; attempts--) {
    try {
      return await line.say(text)
    } catch (error) {
      if (attempts === 1 || (error as Error).message !== 'silence') throw error
    }
  }
}
