import { type IpProtocolName, ipProtocolName } from '@nfkit/inet'
import { decode, EncodeError, errno, type Message, type MessageType, messageFlags } from '@nfkit/netlink-codec'
import { genericProtocol, type TimeoutPolicyAttrs, timeoutMessage, timeoutPolicy } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { entries, NetlinkError, type Requester } from '@nfkit/netlink-transport'
import { timeoutAdvice } from '../advice.ts'
import { assertKeys, type Keys, meaningOf } from '../known.ts'
import { type FamilyName, familyNumber, protocolNumber } from '../naming/tuple.ts'

/** `generic` is every protocol without timeouts of its own. */
export type TimeoutProtocol = IpProtocolName | 'generic'

/** Seconds by state: `{ established: 600 }` of TCP, `{ unreplied, replied }` of UDP, `{ timeout }` of ICMP. */
export interface TimeoutSeconds {
  readonly [state: string]: number
}

/** Named timeouts a rule can give to connections. */
export interface TimeoutPolicy {
  /** Name of the policy, at most 31 bytes. */
  readonly name: string
  /** Family of its connections. */
  readonly family: FamilyName
  /** Layer-4 protocol of its connections, by name or number. */
  readonly protocol: TimeoutProtocol | number
  /** Seconds by state; a new policy has the defaults of the moment for states that are left out. */
  readonly seconds: TimeoutSeconds
  /** Rules that use it, and one more: the kernel counts the policy itself (ctnl_timeout_fill_info, net/netfilter/nfnetlink_cttimeout.c). */
  readonly use: number | undefined
}

/** States that are left out have the defaults of the moment. */
export type NewTimeoutPolicy = Omit<TimeoutPolicy, 'use'>

const options = { advice: timeoutAdvice }
const requestOf = ({ type }: MessageType, flags: number, attrs: TimeoutPolicyAttrs = {}): Uint8Array =>
  encodeMessage({ type, flags }, timeoutPolicy, attrs)

const keys: Keys<NewTimeoutPolicy> = { name: true, family: true, protocol: true, seconds: true }
/** Flags of a creation, by what becomes of a policy that is there. */
const existing = { refuse: messageFlags.exclusive, replace: messageFlags.replace }

/**
 * Timeout policies, and the timeouts connections have without one. Needs the module nfnetlink_cttimeout. Every method rejects with
 * `EncodeError` for what the kernel would misread, and with `NetlinkError` when the kernel refuses.
 */
export class Timeouts {
  readonly #requests: Requester

  constructor(requests: Requester) {
    this.#requests = requests
  }

  /** All policies. */
  async list(): Promise<TimeoutPolicy[]> {
    const policies: TimeoutPolicy[] = []
    for await (const message of entries(this.#requests, requestOf(timeoutMessage.get, 0), options))
      policies.push(policyOf(message))
    return policies
  }

  /** The policy of this name, or `undefined`. Rejects with `NetlinkError` when the kernel refuses. */
  async get(name: string): Promise<TimeoutPolicy | undefined> {
    try {
      const [answer] = await this.#requests.request(requestOf(timeoutMessage.get, 0, { name }), options)
      return answer && policyOf(answer)
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === errno.ENOENT) return undefined
      throw error
    }
  }

  /** Rejects with EEXIST when there is one of that name, unless `onExisting` says to replace it. */
  async create(policy: NewTimeoutPolicy, how: { readonly onExisting?: 'refuse' | 'replace' } = {}): Promise<void> {
    assertKeys(policy, keys, 'NewTimeoutPolicy')
    assertKeys(how, { onExisting: true }, 'timeouts.create')
    const { onExisting = 'refuse' } = how
    const flags =
      messageFlags.create | meaningOf(onExisting, existing, 'timeouts.create', 'way to treat an existing policy')
    const { name, family, protocol, seconds } = policy
    const attrs = {
      name,
      l3proto: familyNumber(family),
      l4proto: numberOf(protocol),
      data: seconds as TimeoutPolicyAttrs['data'],
    }
    await this.#requests.request(requestOf(timeoutMessage.new, flags, attrs), options)
  }

  /** Rejects with ENOENT, and with EBUSY while a rule uses it. */
  async delete(name: string): Promise<void> {
    // Without a name the kernel deletes every policy.
    if (!name) throw new EncodeError('CTA_TIMEOUT_NAME', 'the name is empty')
    await this.#requests.request(requestOf(timeoutMessage.delete, 0, { name }), options)
  }

  /** Delete every policy no rule uses. */
  async flush(): Promise<void> {
    await this.#requests.request(requestOf(timeoutMessage.delete, 0), options)
  }

  /** The timeouts of connections without a policy. */
  async defaults(protocol: TimeoutProtocol | number, family: FamilyName = 'ipv4'): Promise<TimeoutSeconds> {
    const attrs = { l3proto: familyNumber(family), l4proto: numberOf(protocol) }
    const [answer] = await this.#requests.request(requestOf(timeoutMessage.defaultGet, 0, attrs), options)
    return answer === undefined ? {} : policyOf(answer).seconds
  }

  /** States that are left out keep their timeouts. */
  async setDefaults(
    protocol: TimeoutProtocol | number,
    seconds: TimeoutSeconds,
    family: FamilyName = 'ipv4',
  ): Promise<void> {
    const attrs = {
      l3proto: familyNumber(family),
      l4proto: numberOf(protocol),
      data: seconds as TimeoutPolicyAttrs['data'],
    }
    await this.#requests.request(requestOf(timeoutMessage.defaultSet, 0, attrs), options)
  }
}

const numberOf = (protocol: TimeoutProtocol | number): number =>
  protocol === 'generic' ? genericProtocol : protocolNumber(protocol)

const nameOf = (number: number): TimeoutProtocol | number =>
  number === genericProtocol ? 'generic' : (ipProtocolName(number) ?? number)

function policyOf(message: Message): TimeoutPolicy {
  const { bytes, start, end } = netfilterOf(message).attrs
  const { name = '', l3proto, l4proto = genericProtocol, data = {}, use } = decode(timeoutPolicy, bytes, start, end)
  const { unknown: _, ...seconds } = data
  const family = l3proto === familyNumber('ipv6') ? 'ipv6' : 'ipv4'
  return { name, family, protocol: nameOf(l4proto), seconds: seconds as TimeoutSeconds, use }
}
