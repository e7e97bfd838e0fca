import { contains, type Network, parseAddress, parseNetwork } from '@nfkit/inet'
import { NameMap } from '../lists/name-map.ts'

const networks = (...texts: readonly string[]): readonly Network[] => texts.map((text) => parseNetwork(text)!)

/** Networks that are no part of the public Internet: where a public name leads there, its owner reaches into another one's network. */
const special = networks(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/128', '::1/128', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
)

/** IPv6 addresses that stand for an IPv4 address in their last four bytes. */
const embedding = networks('::ffff:0:0/96', '64:ff9b::/96')

/** Whether an address in text is private, or serves no single host. */
export function isPrivate(address: string): boolean {
  const bytes = parseAddress(address)!
  const inner = embedding.some((network) => contains(network, bytes)) ? bytes.subarray(12) : bytes
  return special.some((network) => contains(network, inner))
}

/** Names that mean something in one network alone (RFC 6761, 6762, 8375, and ICANN's `internal`). */
const localZones = ['home.arpa', 'internal', 'local', 'localhost', 'test']

/** Which names may have private addresses: those that are local by standard, and those that are given. */
export class LocalNames {
  readonly #names = new NameMap<true>()

  /** Of names as they are listed. */
  constructor(listed: readonly string[]) {
    for (const zone of localZones) this.#names.set(zone, true).set(`*.${zone}`, true)
    for (const name of listed) this.#names.set(name, true)
  }

  has(name: string): boolean {
    return !name.includes('.') || this.#names.matching(name).length > 0
  }
}
