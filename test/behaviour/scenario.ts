import type { Statement } from './statements.ts'
import type { World } from './world.ts'

/** One claim about the kernel, and how to see whether it holds. */
export interface Scenario {
  /** The statement that it shows. */
  readonly statement: Statement
  /** The claim, in a few words. */
  readonly name: string
  /** Throws when the claim does not hold. */
  readonly run: (world: World) => Promise<void>
  /** Why it cannot be seen in a world; `undefined` when it can. */
  readonly unavailable: (world: World) => string | undefined
}

const all: Scenario[] = []

/** Add a scenario. `unavailable` says why a world cannot show it. */
export function scenario(
  statement: Statement,
  name: string,
  run: (world: World) => Promise<void>,
  unavailable: (world: World) => string | undefined = () => undefined,
): void {
  if (all.some((other) => other.statement === statement && other.name === name))
    throw new Error(`${statement} ${name}: twice`)
  all.push({ statement, name, run, unavailable })
}

const key = ({ statement, name }: Scenario): string => `${statement} ${name}`

/** Every scenario that has been added, by statement and name. */
export const scenarios = (): readonly Scenario[] => all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))

/** For what only a kernel with connections in queued packets shows. */
export const needsGlue = (world: World): string | undefined =>
  world.profile.glue ? undefined : 'built without CONFIG_NETFILTER_NETLINK_GLUE_CT'

/** For what is about a kernel without them. */
export const needsNoGlue = (world: World): string | undefined =>
  world.profile.glue ? 'built with CONFIG_NETFILTER_NETLINK_GLUE_CT' : undefined

/** For helpers in user space. */
export const needsHelpers = (world: World): string | undefined =>
  world.profile.userHelpers ? undefined : 'built without CONFIG_NF_CT_NETLINK_HELPER'
