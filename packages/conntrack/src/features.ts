import { errno, messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { NetlinkError, type Requests } from '@nfkit/netlink-transport'

/** Filters this kernel honours. A kernel ignores filters it does not know in silence: only a request shows which it honours. */
export interface Features {
  /** Dumps and flushes by mark: all kernels still in use. */
  readonly mark: boolean
  /** Dumps by addresses, ports and protocol of the original tuple: Linux 5.8. */
  readonly tuple: boolean
  /** Dumps and flushes by status: Linux 5.15. */
  readonly status: boolean
  /** Dumps by zone: Linux 6.8. */
  readonly zone: boolean
}

/** What lists other than the table itself honour: the family alone. */
export const noFeatures: Features = { mark: false, tuple: false, status: false, zone: false }

export const allFeatures = Object.keys(noFeatures) as readonly (keyof Features)[]

type Probed = Exclude<keyof Features, 'mark'>

/** A family nothing is tracked in: a dump of it is empty. */
const emptyFamily = 1

/** Requests the kernel refuses exactly when it knows the feature. None of them changes anything. */
const probes: { readonly [name in Probed]: { readonly family: number; readonly attrs: Conntrack } } = {
  // No flags of a tuple filter go that far.
  tuple: { family: emptyFamily, attrs: { filter: { origFlags: 0x8000_0000 } } },
  // A mask without bits.
  status: { family: emptyFamily, attrs: { status: 1, statusMask: 0 } },
  // A mask without a mark is an error only when something else already made a filter of it.
  zone: { family: 0, attrs: { zone: 0, markMask: 1 } },
}

/** Ask the kernel, once for each feature. */
export class FeatureProbe {
  readonly #requests: Requests
  readonly #known = new Map<Probed, Promise<boolean>>()

  constructor(requests: Requests) {
    this.#requests = requests
  }

  async of(wanted: Iterable<keyof Features>): Promise<Features> {
    const found: Record<keyof Features, boolean> = { ...noFeatures, mark: true }
    for (const name of wanted) if (name !== 'mark') found[name] = await this.#ask(name)
    return found
  }

  #ask(name: Probed): Promise<boolean> {
    let answer = this.#known.get(name)
    if (answer === undefined) {
      answer = refuses(this.#requests, probes[name].family, probes[name].attrs)
      answer.catch(() => this.#known.delete(name))
      this.#known.set(name, answer)
    }
    return answer
  }
}

/** Whether the kernel refuses the dump. One it starts is left after its first part. */
async function refuses(requests: Requests, family: number, attrs: Conntrack): Promise<boolean> {
  const type = conntrackMessage.get.type
  const request = encodeMessage({ type, flags: messageFlags.dump, family }, conntrack, attrs)
  try {
    for await (const _part of requests.dump(request, { onInterrupted: 'ignore' })) return false
    return false
  } catch (error) {
    if (error instanceof NetlinkError && (error.errno === errno.EINVAL || error.errno === errno.EOPNOTSUPP)) return true
    throw error
  }
}
