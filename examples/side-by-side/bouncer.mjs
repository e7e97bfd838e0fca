// Bouncer: bans addresses for a time, as lines tell it: `ban 192.0.2.7 600`, `lift 192.0.2.7`. The kernel drops, and forgets in time.
//
//   tail -F decisions.log | node examples/side-by-side/bouncer.mjs
import { counter, drop, ip, ipv4Address, table } from '@nfkit/nftables'

/** The rules, and what bans and lifts. They go when the program does, however it ends. */
export async function openBouncer(nft) {
  const rules = table('inet', 'bouncer', { owner: true })
  const banned = rules.set('banned', { key: ipv4Address, timeouts: true })
  const input = rules.chain('input', { hook: 'input', priority: 'filter' })
  await nft.commit((batch) => batch.add(rules, banned, input, input.rule(ip.saddr.in(banned), counter(), drop())))
  return {
    // Added, deleted, added: kernels before 6.12 keep the old time of an element that is there.
    ban: (address, timeoutSeconds) =>
      nft.commit((batch) => {
        const element = banned.element(address, { timeoutSeconds })
        batch.add(element).delete(element).add(element)
      }),
    lift: (address) =>
      nft.commit((batch) => {
        const element = banned.element(address)
        batch.add(element).delete(element)
      }),
  }
}

/** Does what a line says; resolves to what went wrong, `undefined` where nothing did. */
export async function obey({ ban, lift }, line) {
  const [what, address, seconds] = line.split(' ')
  try {
    if (what === 'ban') await ban(address, Number(seconds))
    else if (what === 'lift') await lift(address)
    else return `neither ban nor lift: ${line}`
  } catch (error) {
    return `${line}: ${error.message}`
  }
}

if (process.argv[1] === import.meta.filename) {
  const { createInterface } = await import('node:readline')
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openNftables } = await import('@nfkit/nftables')
  const nft = await openNftables(openMnl())
  const bouncer = await openBouncer(nft)
  for await (const line of createInterface(process.stdin)) {
    const wrong = await obey(bouncer, line)
    if (wrong !== undefined) console.error(wrong)
  }
  nft.close()
}
