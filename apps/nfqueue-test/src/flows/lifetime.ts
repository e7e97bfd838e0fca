import type { ConntrackTable, FamilyName, TimeoutPolicy, TimeoutProtocol, TimeoutSeconds } from '@nfkit/conntrack'
import { protocolName } from '@nfkit/inet'
import { InvalidArgumentError, Option } from 'commander'
import { whole } from '../cli/arguments.ts'
import { UserError } from '../terminal/failure.ts'
import { meant, protocolName as protocolOf } from './condition.ts'

/** A protocol with timeouts: by name or number, or `generic`. What it throws becomes one sentence on stderr. */
export function timedProtocol(text: string): TimeoutProtocol | number {
  return text === 'generic' ? text : protocolOf(text)!
}

export const familyOption = () =>
  new Option('-f, --family <family>', 'ipv4 or ipv6').choices(['ipv4', 'ipv6']).default('ipv4')

/** `established=600`, some of them: words as they are here or as in SYN_SENT. What it throws becomes one sentence on stderr. */
export function secondsByWord(text: string, before: TimeoutSeconds = {}): TimeoutSeconds {
  const [state, seconds, ...rest] = text.split('=')
  if (!state || seconds === undefined || rest.length > 0)
    throw new InvalidArgumentError('It must be a state and its seconds: established=600.')
  return { ...before, [state]: whole(0, 0xffff_ffff)(seconds) }
}

/** The seconds by the names of the protocol's states. Throws `UserError` for a state it has not. */
export async function secondsByState(
  table: ConntrackTable,
  protocol: TimeoutProtocol | number,
  family: FamilyName,
  said: TimeoutSeconds,
): Promise<TimeoutSeconds> {
  if (Object.keys(said).length === 0) return said
  const states = Object.keys(await table.timeouts.defaults(protocol, family))
  return Object.fromEntries(
    Object.entries(said).map(([word, seconds]) => {
      const state = meant(word, states)
      if (state === undefined)
        throw new UserError(`${nameOf(protocol)} has no state "${word}", but ${states.join(', ')}`)
      return [state, seconds]
    }),
  )
}

/** The name of a policy. What it throws becomes one sentence on stderr. */
export function policyName(text: string): string {
  const size = Buffer.byteLength(text)
  if (size < 1 || size > 31) throw new InvalidArgumentError('It must have 1 to 31 bytes.')
  return text
}

/** The policy of a name. Rejects with `UserError` when there is none. */
export async function policyOf({ timeouts }: ConntrackTable, name: string): Promise<TimeoutPolicy> {
  const policy = await timeouts.get(name)
  if (policy !== undefined) return policy
  throw new UserError(`there is no timeout policy "${name}"`)
}

/** As people write it. */
export const nameOf = (protocol: TimeoutProtocol | number): string =>
  typeof protocol === 'string' ? protocol : protocolName(protocol)

/** `established 600, synSent 120`. */
export const secondsText = (seconds: TimeoutSeconds): string =>
  Object.entries(seconds)
    .map(([state, value]) => `${state} ${value}`)
    .join(', ')
