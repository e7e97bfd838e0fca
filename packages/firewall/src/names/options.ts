import { parseNetwork } from '@nfkit/inet'
import { type Checks, check } from '@nfkit/netlink-transport'
import { listedName } from '../lists/name-map.ts'
import { mostAddresses } from '../rules/names.ts'

/** How names are found out about, which `block` and `allow` take then. */
export interface NamesOptions {
  /**
   * Servers of DNS whose answers are believed, as addresses and networks; `any` for all. A client that may ask a server of its own choice can have any address
   * listed: name the servers you trust.
   */
  readonly servers: readonly string[] | 'any'
  /** Number of the queue for DNS, another one than that of connections; 53 by default. */
  readonly queue?: number | undefined
  /**
   * What becomes of private addresses behind public names, through which the owner of a name could reach into your network: they are not listed, and
   * the answer passes (`ignore`, the default); the answer is dropped (`drop`); or they are as good as others (`list`).
   */
  readonly privateAddresses?: 'ignore' | 'drop' | 'list' | undefined
  /** Names that may have private addresses, beside those that are local by standard (`*.home.arpa`, `*.internal`, `*.local`): `['*.corp.example']`. */
  readonly localNames?: readonly string[] | undefined
  /** For how long an address is listed at least, in seconds, however short its life is said to be; 60 by default. */
  readonly leastSeconds?: number | undefined
  /** For how long at most, unless it is answered again; 86,400 by default. */
  readonly mostSeconds?: number | undefined
  /** For how much longer than it is said to live, in seconds: a client counts from when it has the answer, and then connects; 5 by default. */
  readonly graceSeconds?: number | undefined
  /** How many addresses one listed name may have at once, with all the names below it; 1,024 by default. */
  readonly addresses?: number | undefined
  /**
   * What becomes of an answer that cannot be read, has more addresses than a name may have, or whose addresses the kernel does not take, or not in time.
   * `drop`, the default: the client asks again. `accept`: it connects, and is judged.
   */
  readonly onFailure?: 'accept' | 'drop' | undefined
}

const longest = 2_147_483

const checks: Checks<NamesOptions> = {
  servers: (value) => {
    if (value === 'any') return
    if (!Array.isArray(value) || value.length === 0)
      throw new TypeError('names.servers: name the servers of DNS that are believed, in a list, or say "any"')
    for (const one of value)
      if (typeof one !== 'string' || parseNetwork(one) === undefined)
        throw new RangeError(`names.servers: ${JSON.stringify(one)} is neither an address nor a network`)
  },
  queue: (value) => check.whole('names.queue', value, 0, 0xffff),
  privateAddresses: (value) => check.word('names.privateAddresses', value, { ignore: true, drop: true, list: true }),
  localNames: (value) => {
    if (!Array.isArray(value)) throw new TypeError('names.localNames: expected a list of names')
    for (const one of value)
      if (typeof one !== 'string' || listedName(one) === undefined)
        throw new RangeError(`names.localNames: ${JSON.stringify(one)} is no name: corp.example, *.corp.example`)
  },
  leastSeconds: (value) => check.whole('names.leastSeconds', value, 0, longest),
  mostSeconds: (value) => check.whole('names.mostSeconds', value, 1, longest),
  graceSeconds: (value) => check.whole('names.graceSeconds', value, 1, longest),
  addresses: (value) => check.whole('names.addresses', value, 1, mostAddresses),
  onFailure: (value) => check.word('names.onFailure', value, { accept: true, drop: true }),
}

/** Throws `TypeError` or `RangeError` with the option, the value and what is allowed. */
export function checkNames(options: NamesOptions): void {
  check.all('names', options, checks)
  checks.servers(options.servers)
  const { leastSeconds, mostSeconds } = namesSettingsOf(options)
  if (leastSeconds > mostSeconds)
    throw new RangeError(`names.leastSeconds: ${leastSeconds} is more than names.mostSeconds, ${mostSeconds}`)
}

/** The options with their defaults. */
export const namesSettingsOf = (options: NamesOptions) =>
  ({
    servers: options.servers,
    queue: options.queue ?? 53,
    privateAddresses: options.privateAddresses ?? 'ignore',
    localNames: (options.localNames ?? []).map((name) => listedName(name)!),
    leastSeconds: options.leastSeconds ?? Math.min(60, options.mostSeconds ?? 60),
    mostSeconds: options.mostSeconds ?? 86_400,
    graceSeconds: options.graceSeconds ?? 5,
    addresses: options.addresses ?? 1_024,
    onFailure: options.onFailure ?? 'drop',
  }) as const

/** Options, all of them known. */
export type NamesSettings = ReturnType<typeof namesSettingsOf>
