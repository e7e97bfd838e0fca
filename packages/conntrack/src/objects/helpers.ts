import type { IpProtocolName } from '@nfkit/inet'
import { decode, EncodeError, type Message, type MessageType, messageFlags } from '@nfkit/netlink-codec'
import {
  type Helper as HelperAttrs,
  type HelperPolicySet,
  helperMessage,
  helper as helperTable,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { entries, type Requester } from '@nfkit/netlink-transport'
import { helperAdvice } from '../advice.ts'
import { assertKeys, type Keys } from '../known.ts'
import { type FamilyName, familyNumber, protocolNumber } from '../naming/tuple.ts'

/** What one class of a helper's expectations may do. */
export interface HelperClass {
  /** Name of the class, at most 15 bytes. */
  readonly name: string
  /** Expectations a connection may have at once. */
  readonly expectMax: number
  /** Seconds an expectation of this class lives. */
  readonly timeoutSeconds: number
}

/** A helper that runs in user space: connections that use it have their packets queued to `queue`. */
export interface UserHelper {
  /** Name of the helper, at most 15 bytes. */
  readonly name: string
  /** Family of its connections. */
  readonly family: FamilyName
  /** Layer-4 protocol. */
  readonly protocol: IpProtocolName | number
  /** Number of the queue its packets go to. */
  readonly queue: number
  /** One to four. */
  readonly classes: readonly HelperClass[]
  /** Bytes of private data each connection has. */
  readonly privateDataLength: number
  /** Whether connections can use it. */
  readonly enabled: boolean
}

/** Which helper: a name is taken once for each family and protocol. */
export type HelperName = Pick<UserHelper, 'name' | 'family' | 'protocol'>

const options = { advice: helperAdvice }
const requestOf = ({ type }: MessageType, flags: number, attrs: HelperAttrs = {}): Uint8Array =>
  encodeMessage({ type, flags }, helperTable, attrs)

const keys: Keys<UserHelper> = {
  name: true,
  family: true,
  protocol: true,
  queue: true,
  classes: true,
  privateDataLength: true,
  enabled: true,
}
const classKeys: Keys<HelperClass> = { name: true, expectMax: true, timeoutSeconds: true }

/**
 * Helpers in user space. Needs the module nfnetlink_cthelper, and CAP_NET_ADMIN in the initial user namespace. Every method rejects with
 * `EncodeError` for what the kernel would misread, and with `NetlinkError` when the kernel refuses.
 */
export class Helpers {
  readonly #requests: Requester

  constructor(requests: Requester) {
    this.#requests = requests
  }

  /** All helpers in user space. */
  async list(): Promise<UserHelper[]> {
    const helpers: UserHelper[] = []
    for await (const message of entries(this.#requests, requestOf(helperMessage.get, 0), options))
      helpers.push(helperOf(message))
    return helpers
  }

  /**
   * The helper of this name, or `undefined`. Rejects with `NetlinkError` when the kernel refuses. Rejects with `NetlinkError` when the
   * kernel refuses.
   */
  async get(name: string): Promise<UserHelper | undefined> {
    return (await this.list()).find((helper) => helper.name === name)
  }

  /** Rejects with EEXIST when it exists. */
  async create(helper: Omit<UserHelper, 'enabled'> & { readonly enabled?: boolean }): Promise<void> {
    assertKeys(helper, keys, 'UserHelper')
    const attrs = {
      ...nameAttrs(helper),
      queueNum: helper.queue,
      policy: encodeClasses(helper.classes),
      privDataLen: helper.privateDataLength,
      status: helper.enabled === false ? 0 : 1,
    }
    const flags = messageFlags.create | messageFlags.exclusive
    await this.#requests.request(requestOf(helperMessage.new, flags, attrs), options)
  }

  /** Rejects with ENOENT, and with EBUSY while connections use it. */
  async delete(helper: HelperName): Promise<void> {
    // Without a name the kernel deletes every helper.
    if (!helper.name) throw new EncodeError('NFCTH_NAME', 'the name is empty')
    await this.#requests.request(requestOf(helperMessage.delete, 0, nameAttrs(helper)), options)
  }

  /** Delete every helper in user space. */
  async flush(): Promise<void> {
    await this.#requests.request(requestOf(helperMessage.delete, 0), options)
  }
}

const nameAttrs = ({ name, family, protocol }: HelperName): HelperAttrs => ({
  name,
  tuple: { l3protonum: familyNumber(family), l4protonum: protocolNumber(protocol) },
})

function encodeClasses(classes: readonly HelperClass[]): HelperPolicySet {
  if (classes.length < 1 || classes.length > 4)
    throw new EncodeError('NFCTH_POLICY', 'a helper has one to four classes')
  for (const of of classes) assertKeys(of, classKeys, 'HelperClass')
  const [set1, set2, set3, set4] = classes.map((of) => ({
    name: of.name,
    expectMax: of.expectMax,
    expectTimeout: of.timeoutSeconds,
  }))
  return { setNum: classes.length, set1, set2, set3, set4 }
}

function helperOf(message: Message): UserHelper {
  const { bytes, start, end } = netfilterOf(message).attrs
  const { name = '', tuple, queueNum = 0, policy, privDataLen = 0, status } = decode(helperTable, bytes, start, end)
  const classes = [policy?.set1, policy?.set2, policy?.set3, policy?.set4].filter((set) => set !== undefined)
  return {
    name,
    family: tuple?.l3protonum === familyNumber('ipv6') ? 'ipv6' : 'ipv4',
    protocol: tuple?.l4protonum ?? 0,
    queue: queueNum,
    classes: classes.map((set) => ({
      name: set.name ?? '',
      expectMax: set.expectMax ?? 0,
      timeoutSeconds: set.expectTimeout ?? 0,
    })),
    privateDataLength: privDataLen,
    enabled: status === 1,
  }
}
