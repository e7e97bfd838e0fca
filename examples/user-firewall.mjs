// Per-user firewall: which local user may connect where. The kernel tells whose socket a packet comes from.
// Tested on a real kernel, too.
//
//   iptables -A OUTPUT -m conntrack --ctstate NEW -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/user-firewall.mjs
import { setTimeout as sleep } from 'node:timers/promises'

/** Ports each user may reach, by user id; others may reach everything. */
export const policy = new Map([
  [33, [53, 443]], // the web server: names and TLS
  [65534, []], // nobody: nothing
])

/** Judges by user and port, and tells of what it refuses. */
export function firewall(rules, refused = console.error) {
  return (packet) => {
    const allowed = rules.get(packet.uid)
    const port = packet.ip?.destinationPort
    if (allowed === undefined || allowed.includes(port)) {
      packet.accept()
      return
    }
    refused(`user ${packet.uid} to ${packet.ip}: refused`)
    packet.drop()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, uidGid: true })
  process.once('SIGINT', () => queue.close())
  queue.run(firewall(policy))
  while (!(await Promise.race([queue.closed.then(() => true), sleep(60_000, false, { ref: false })])))
    console.log(queue.stats())
}
