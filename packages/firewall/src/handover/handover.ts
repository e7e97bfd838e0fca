import { check } from '@nfkit/netlink-transport'
import type { Handover } from '@nfkit/nfqueue'
import type { DecisionLeft } from '../judging/memory.ts'
import type { ListsLeft } from '../listed.ts'
import type { EpochsLeft } from '../policy/epochs.ts'
import type { MarkCheck } from '../sharing/clash.ts'

/** The version of `FirewallHandover` that is written here. */
const version = 1

/** What a firewall says to the next one that takes it over: plain data, to be sent as JSON or by structured clone. */
export interface FirewallHandover {
  /** Of this message: 1. */
  readonly version: typeof version
  /** The firewall's name. */
  readonly name: string
  /** The bits of marks that it uses. */
  readonly mask: number
  /** What `queue.handOver` said. */
  readonly queue: Handover
  /** Which policy is in force, and which numbers of epochs are free. */
  readonly epochs: EpochsLeft
  /** What was decided a moment ago: packets of it may be on their way. */
  readonly decided: readonly DecisionLeft[]
  /** What is blocked and allowed by address. */
  readonly lists: ListsLeft
  /** Who else uses bits of the mask. */
  readonly markCheck: MarkCheck
}

/** The same, without what opening finds out by itself. */
export const handoverOf = (left: Omit<FirewallHandover, 'version'>): FirewallHandover => ({ version, ...left })

const names: check.OptionNames<FirewallHandover> = {
  version: true,
  name: true,
  mask: true,
  queue: true,
  epochs: true,
  decided: true,
  lists: true,
  markCheck: true,
}

/** Throws `RangeError` or `TypeError` for what is none, is of a later version, or of a firewall with another name or mask. */
export function checkHandover(given: FirewallHandover, name: string, mask: number): void {
  const advice = 'leave it out, and connections are judged anew'
  if (check.options('handover', given, names).version !== version)
    throw new RangeError(`handover: its version is ${String(given.version)}, and known is ${version}; ${advice}`)
  if (given.name !== name) throw new RangeError(`handover: it is of the firewall "${given.name}", and not of "${name}"`)
  if (given.mask !== mask)
    throw new RangeError(
      `handover: its mask is 0x${given.mask.toString(16)}, and not 0x${mask.toString(16)}: ${advice}`,
    )
}
