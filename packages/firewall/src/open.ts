import { FlowLookup, openConntrack } from '@nfkit/conntrack'
import type { Transport } from '@nfkit/netlink-transport'
import { openQueue, probe, type Queue } from '@nfkit/nfqueue'
import { openNftables } from '@nfkit/nftables'
import { openSockets } from '@nfkit/sockets'
import type { Sockets } from './assembly/closing.ts'
import { unlessFirst } from './assembly/joining.ts'
import { Firewall } from './firewall.ts'
import { HandoverError } from './handover/errors.ts'
import type { Found } from './handover/estate.ts'
import { unseal } from './handover/handover.ts'
import { openingLists } from './lists/opening.ts'
import { type FirewallOptions, type FirewallSettings, settingsOf } from './options.ts'
import { checkMarks } from './sharing/check.ts'
import { MarkClashError } from './sharing/clash.ts'

/**
 * Put rules into the kernel that hand the first packets of connections to a judge, and have the kernel do for all others what the judge has said.
 * Resolves when the rules are in force. Connections that are there already are judged on their next packet.
 *
 * Where `handover` is damaged, too long, of another version or another firewall, the firewall begins as without it, and tells `handoverRefused`.
 *
 * Rejects with `TypeError` or `RangeError` for an option that is unknown or makes no sense, `RuleSyntaxError` for a match that is not nft's
 * language, `MarkClashError` when others use bits of the mask, `QueueError` when the queue cannot be had (its sentence says what to do), `CommitError` and `NetlinkError` when the kernel refuses the
 * rules, `TransportError` when a socket fails, and with the reason of `signal`. Nothing is left in the kernel then that was not there before.
 *
 * @example
 * import { openFirewall } from '@nfkit/firewall'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * export const parental = () =>
 *   openFirewall({
 *     transport: openMnl,
 *     name: 'parental',
 *     hooks: ['output'],
 *     match: ['tcp dport { 80, 443 }', 'udp dport 443'],
 *     absent: 'accept',
 *     judge: ({ destination }) => (destination?.address === '192.0.2.7' ? 'reject' : 'accept'),
 *   })
 */
export async function openFirewall(options: FirewallOptions): Promise<Firewall> {
  const given = settingsOf(options)
  const lists = openingLists(options, given.names !== undefined)
  given.signal?.throwIfAborted()
  const { settings, refused } = await inheriting(given)
  const opened: Closable[] = []
  try {
    const sockets = await socketsOf(settings, opened)
    const firewall = new Firewall(settings, sockets, await foundOut(settings, sockets))
    opened.push(settings.sockets ? leaving(firewall) : firewall)
    await firewall.begin(lists, refused)
    return firewall
  } catch (error) {
    for (const one of opened.toReversed()) await one.close()
    throw error
  }
}

interface Closable {
  close(): void | Promise<void>
}

/** The settings with what the firewall before has left, or why it is not taken. */
async function inheriting(
  given: FirewallSettings,
): Promise<{ readonly settings: FirewallSettings; readonly refused?: HandoverError }> {
  const { handover, name, marks, queue, names } = given
  if (handover === undefined) return { settings: given }
  try {
    const heir = { name, mask: marks.mask, queue, dns: names?.queue }
    return { settings: { ...given, estate: await unseal(handover, heir) } }
  } catch (error) {
    if (error instanceof HandoverError) return { settings: given, refused: error }
    throw error
  }
}

/** Where opening fails, the sockets go back as they are: who holds them starts another program. */
const leaving = (one: Firewall | Queue): Closable => ({
  close: () =>
    one.handOver({ milliseconds: 1 }).then(
      () => {},
      () => {},
    ),
})

/** Whether the bits are free, as far as can be seen, and what the kernel can do. */
async function foundOut(settings: FirewallSettings, { nft }: Sockets): Promise<Found> {
  const { transport, name, legacyRules, onMarkClash, marks, estate } = settings
  if (estate) return estate.found
  const { mask } = marks
  const markCheck = await checkMarks({ nft, transport: transport(), name, mask, legacyRules })
  if (markCheck.clashes.length > 0 && onMarkClash !== 'accept') throw new MarkClashError(mask, markCheck.clashes)
  const { owner } = await nft.features()
  return { markCheck, owner }
}

/** The queue first: it has one reader, so that no second firewall gets further. */
async function socketsOf(settings: FirewallSettings, opened: Closable[]): Promise<Sockets> {
  const {
    transport,
    queue: number,
    maxLength,
    deadlineMilliseconds,
    onUnjudged,
    sockets: lasting,
    estate,
    orphans,
  } = settings
  const keep = <T extends Closable>(one: T): T => {
    opened.push(one)
    return one
  }
  const table = keep(await openConntrack(transport()))
  const isJoined = settings.conntrack === 'prefer' && (await probe(transport())).conntrack === true
  const joining = isJoined
    ? ({ conntrack: 'prefer' } as const)
    : { conntrack: 'off' as const, flows: unlessFirst(new FlowLookup(table)) }
  const inherited = { handover: estate?.queue, orphans }
  const terms = { number, maxLength, deadlineMilliseconds, onUnjudged, gso: true, ...joining, ...inherited } as const
  const queue = await openQueue(lasting?.queue ?? transport(), terms)
  opened.push(lasting ? leaving(queue) : queue)
  const dns = settings.names && (await openDns(lasting?.dns ?? transport(), settings))
  if (dns) opened.push(lasting ? leaving(dns) : dns)
  const nft = keep(await openNftables(lasting?.rules ?? transport()))
  const sockets = keep(openSockets(transport()))
  return { nft, queue, table, sockets, dns }
}

/** The queue of DNS: answers that wait too long are judged as those whose addresses are not listed. */
function openDns(transport: Transport, settings: FirewallSettings): Promise<Queue> {
  const { names, deadlineMilliseconds, estate, orphans = 'repeat' } = settings
  const { queue: number, onFailure } = names!
  const inherited = { handover: estate?.dns, orphans: orphans === 'repeat' ? orphans : onFailure }
  const terms = { number, deadlineMilliseconds, onUnjudged: onFailure, gso: true, conntrack: 'off' } as const
  return openQueue(transport, { ...terms, ...inherited })
}
