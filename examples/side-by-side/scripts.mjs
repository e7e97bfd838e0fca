// Banish: a host gets no further, and what it has open ends. Printed is how many connections it had, by port.
//
//   node examples/side-by-side/scripts.mjs 192.0.2.7
import { drop, ip, ipv4Address, table } from '@nfkit/nftables'

const rules = table('inet', 'banished')
const hosts = rules.set('hosts', { key: ipv4Address })
const input = rules.chain('input', { hook: 'input', priority: 'filter' })

/** Bans a host, ends its connections, and resolves to how many it had, by port. */
export async function banish(ct, nft, address) {
  // One transaction. The chain is emptied first, so that a second run adds no second rule.
  await nft.commit((batch) => {
    batch.add(rules, hosts, input).flush(input)
    batch.add(input.rule(ip.saddr.in(hosts), drop()), hosts.element(address))
  })
  const ports = new Map()
  for await (const { original } of ct.dump({ source: address })) {
    const { port } = original.destination
    ports.set(port, (ports.get(port) ?? 0) + 1)
  }
  if (ports.size > 0) await ct.flush({ source: address })
  return ports
}

if (process.argv[1] === import.meta.filename) {
  const { openConntrack } = await import('@nfkit/conntrack')
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openNftables } = await import('@nfkit/nftables')
  const ct = await openConntrack(openMnl())
  const nft = await openNftables(openMnl())
  for (const [port, count] of await banish(ct, nft, process.argv[2])) console.log(port, count)
  await ct.close()
  nft.close()
}
