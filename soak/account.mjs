import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { fateNames, fates } from './fates.mjs'

/** Datagrams of a fate, in nft's words. */
const datagramsTo = ({ port, network }) => `ip daddr ${network}.0.0/16 udp dport ${port}`

/** Counters in front of a gate and behind it, which see what the firewall cannot hide; and one for what it tells the client that it refuses. */
export function keepAccount(host) {
  const counters = ['before', 'after'].flatMap((at) => fateNames.map((fate) => `${at}_${fate}`))
  const counting = (at) => fateNames.map((fate) => `${datagramsTo(fates[fate])} counter name ${at}_${fate}`)
  host.run(
    'nft',
    `table ip account {
      ${[...counters, 'refused'].map((name) => `counter ${name} { }`).join('\n')}
      chain before { type filter hook forward priority -300; ${counting('before').join('; ')}; }
      chain after { type filter hook forward priority 300; ${counting('after').join('; ')}; }
      chain told { type filter hook output priority 300; icmp type destination-unreachable icmp code admin-prohibited counter name refused; }
    }`,
  )
}

/** What the counters say, by name. */
export function accountOf(host) {
  const { nftables } = JSON.parse(host.run('nft', '-j', 'list', 'counters'))
  return Object.fromEntries(
    nftables.flatMap(({ counter }) => (counter?.table === 'account' ? [[counter.name, counter.packets]] : [])),
  )
}

/** What a host's kernel has dropped since its queue was bound: it was full, or its socket was. */
export function lostAt(host) {
  const text = host.run('cat', '/proc/self/net/netfilter/nfnetlink_queue')
  const fields = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  return fields.reduce((sum, [, , , , , full = 0, unread = 0]) => sum + full + unread, 0)
}

/** What the sockets of a host's programs had no room for. */
export function unreadAt(host) {
  const [, ...lines] = host.run('cat', '/proc/self/net/udp').trim().split('\n')
  return lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/).at(-1)), 0)
}

/** What is left in a host's kernel that the gate has made: sentences. */
export async function remains(name, host) {
  const out = []
  const tables = host
    .run('nft', 'list', 'tables')
    .trim()
    .split('\n')
    .filter((line) => line && line !== 'table ip account')
  if (tables.length > 0) out.push(`${name}: ${tables.join(', ')} is left`)
  if (host.run('cat', '/proc/self/net/netfilter/nfnetlink_queue').trim() !== '') out.push(`${name}: a queue is bound`)
  const marked = (await connectionsAt(host)).filter(({ mark }) => mark)
  if (marked.length > 0) out.push(`${name}: ${marked.length} connections have a mark`)
  return out
}

/** Connections that a host's kernel knows; those whose time is over are forgotten by looking. */
export async function connectionsAt(host) {
  const table = await openConntrack(openMnl({ netns: host.netns }))
  const all = []
  for await (const flow of table.dump()) all.push({ text: String(flow), mark: flow.mark })
  table.close()
  return all
}

/**
 * Where each datagram has gone: `sent` by the client and `received` by the server, by fate; the counters of both gates; what queues and their sockets have `lost`, and what the server's sockets
 * had no room for, `unread`. Returns a line, and what does not add up.
 */
export function balance({ sent, received, twice, here, second, lost, unread }) {
  const failures = []
  const sum = (of) => fateNames.reduce((all, fate) => all + of(fate), 0)
  const must = (what, a, b) => {
    if (a !== b) failures.push(`${what}: ${a}, and not ${b}`)
  }
  for (const fate of fateNames) {
    must(`${fate}: datagrams at the first gate`, here[`before_${fate}`], sent[fate])
    must(`${fate}: datagrams at the second gate`, second[`before_${fate}`], here[`after_${fate}`])
  }
  must(
    'datagrams behind the gates that the server has not',
    sum((fate) => second[`after_${fate}`] - received[fate]),
    unread,
  )
  const stopped = (fate) => here[`before_${fate}`] - second[`after_${fate}`]
  const refused = here.refused + second.refused
  const dropped = stopped('drop') + stopped('listed')
  must('reject and drop: datagrams that have passed', received.reject + received.drop, 0)
  must('datagrams that came twice', twice, 0)
  if (stopped('pass') > lost)
    failures.push(`pass: ${stopped('pass')} datagrams have not passed, of which the kernels count ${lost}`)
  const missing = stopped('pass') + stopped('reject') + stopped('moving') - refused
  if (missing < 0 || missing > lost)
    failures.push(`${missing} datagrams are missing, of which the kernels count ${lost}`)
  const line = `${sum((fate) => sent[fate])} datagrams = ${sum((fate) => received[fate])} accepted + ${dropped} dropped by a verdict or a list + ${refused} refused + ${missing + unread} dropped by the kernel, which has counted ${lost + unread}`
  return { line, failures }
}
