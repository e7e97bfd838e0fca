import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import { type Checks, check } from '@nfkit/netlink-transport'
import type { FleetTarget, PutPolicy } from './applying.ts'
import { checkHandover, type GateHandover } from './handover.ts'
import type { FleetLog } from './log.ts'

/** What gates and authors of a fleet have in common. */
export interface FleetOptions {
  /** Name of the fleet: what is said for one counts in no other, though keys are the same. */
  readonly fleet: string
  /** Who may say something: Ed25519 public keys by author, each a `KeyObject` or PEM. An author may say everything. */
  readonly keys: { readonly [author: string]: KeyObject | string }
  /** The log that all share. */
  readonly log: FleetLog
  /** How long a message may be, in bytes: 262,144 by default. Longer ones are refused unread. */
  readonly mostBytes?: number | undefined
  /** How many addresses and networks may be listed: 1,000,000 by default. A message with more is refused. */
  readonly mostListed?: number | undefined
}

/** What a gate is opened with. */
export interface GateOptions extends FleetOptions {
  /** What carries lists out: a `Firewall` of `@nfkit/firewall`. */
  readonly target: FleetTarget
  /**
   * Puts a policy in force, by its name: what a program makes of the value is its own. `undefined` for one that is no more. What it throws is `trouble`, and it is called
   * again. Policies are not taken by default.
   */
  readonly policy?: PutPolicy | undefined
  /**
   * The `serials` of a gate before, which a program keeps: the log must have as much of each author, or nothing of it is in force. Where it has less, an older one was put
   * in its place: `trouble` tells a `LogBehindError`, and the gate catches up when the rest is there.
   */
  readonly after?: { readonly [author: string]: number } | undefined
  /** What the gate before has left to this one (`gate.handOver`): the log is read from there on, and what is no longer listed is taken back from the target. */
  readonly handover?: GateHandover | undefined
}

/** What an author is opened with. */
export interface AuthorOptions extends FleetOptions {
  /** Who speaks: one of `keys`. Two programs must not be one author at the same time. */
  readonly author: string
  /** The author's Ed25519 private key: a `KeyObject` or PEM. */
  readonly key: KeyObject | string
  /** How long the broker may be away, in milliseconds, before what was to be said is given up: 30,000 by default. */
  readonly patienceMilliseconds?: number | undefined
}

const checks: Checks<FleetOptions> = {
  fleet: (value) => name('fleet', value),
  keys: (value) => keysOf(value as FleetOptions['keys']),
  log: (value) => {
    for (const method of ['append', 'read', 'end', 'trim'] as const)
      check.callable(`log.${method}`, (value as FleetLog | undefined)?.[method])
  },
  mostBytes: (value) => check.whole('mostBytes', value, 1_024, 0x7fff_ffff),
  mostListed: (value) => check.whole('mostListed', value, 1, 16_777_216),
}

const gateChecks: Checks<GateOptions> = {
  ...checks,
  target: (value) => {
    for (const method of ['block', 'allow', 'unlist'] as const)
      check.callable(`target.${method}`, (value as FleetTarget | undefined)?.[method])
  },
  policy: (value) => check.callable('policy', value),
  after: (value) => {
    for (const [author, serial] of Object.entries(value as object))
      check.whole(`after.${author}`, serial, 0, Number.MAX_SAFE_INTEGER)
  },
  handover: () => {},
}

/** Throws `TypeError` where it is no name of a fleet or an author. */
function name(option: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[\w.-]{1,64}$/.test(value))
    throw new TypeError(`${option}: ${check.shown(value)} is no name: letters, digits and _ . -, 64 at most`)
}

function keysOf(keys: FleetOptions['keys']): ReadonlyMap<string, KeyObject> {
  return new Map(
    Object.entries(keys).map(([author, given]) => {
      name('keys', author)
      const key = typeof given === 'string' ? createPublicKey(given) : given
      const isPublic = key instanceof KeyObject && key.asymmetricKeyType === 'ed25519' && key.type === 'public'
      if (!isPublic) throw new TypeError(`keys.${author}: pass the public key of Ed25519`)
      return [author, key]
    }),
  )
}

/** The common options with their defaults. */
function fleetSettings(options: FleetOptions) {
  for (const needed of ['fleet', 'keys', 'log'] as const) checks[needed](options[needed])
  const { fleet, log, mostBytes = 262_144, mostListed = 1_000_000 } = options
  return { fleet, log, mostBytes, mostListed, keys: keysOf(options.keys) } as const
}

/** The options with their defaults. Throws `TypeError` or `RangeError` with the option, the value and what is allowed. */
export function gateSettings(options: GateOptions) {
  check.all('openGate', options, gateChecks)
  gateChecks.target(options.target)
  const { target, policy = () => {}, after = {}, handover } = options
  const settings = { ...fleetSettings(options), target, policy, after, handover } as const
  if (handover !== undefined) checkHandover(handover, settings)
  return settings
}

/** Options of a gate, all of them known. */
export type GateSettings = ReturnType<typeof gateSettings>

const authorChecks: Checks<AuthorOptions> = {
  ...checks,
  author: (value) => name('author', value),
  key: (value) => privateKeyOf(value as AuthorOptions['key']),
  patienceMilliseconds: (value) => check.milliseconds('patienceMilliseconds', value),
}

function privateKeyOf(given: AuthorOptions['key']): KeyObject {
  const key = typeof given === 'string' ? createPrivateKey(given) : given
  if (key instanceof KeyObject && key.type === 'private' && key.asymmetricKeyType === 'ed25519') return key
  throw new TypeError('key: pass the private key of Ed25519')
}

/** The options with their defaults. Throws `TypeError` or `RangeError` with the option, the value and what is allowed. */
export function authorSettings(options: AuthorOptions) {
  check.all('openAuthor', options, authorChecks)
  for (const needed of ['author', 'key'] as const) authorChecks[needed](options[needed])
  const { author, patienceMilliseconds = 30_000 } = options
  const settings = { ...fleetSettings(options), author, key: privateKeyOf(options.key), patienceMilliseconds }
  if (!settings.keys.has(author))
    throw new TypeError(`author: "${author}" has no key among keys: its own gates refuse it`)
  return settings
}

/** Options of an author, all of them known. */
export type AuthorSettings = ReturnType<typeof authorSettings>
