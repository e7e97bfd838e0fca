// Network policies between workloads, as Kubernetes has them: who may reach whom, at which ports. The first packet of a connection is judged; when the
// policy changes, connections that are there are judged again, each on its next packet, and both ends are told of those that may not go on.
// Tested on a real kernel, too. Run it on the host that forwards between the workloads:
//
//   echo '{ "workloads": { "web": ["10.0.0.1"], "db": ["10.0.0.2"] }, "policies": [{ "to": "db", "from": ["web"], "ports": ["tcp/5432"] }] }' > policy.json
//   node examples/field/network-policy.mjs policy.json      (and after a change: kill -HUP)
import { readFileSync } from 'node:fs'
import { openFirewall } from '@nfkit/firewall'

/**
 * A judge of these policies. A workload that is named in the `to` of a policy is reached as its policies say, and not otherwise; one that is named in the
 * `by` of a policy reaches what its policies say. Throws `TypeError` for a workload there is not: a policy with a slip is none.
 */
export function judgeOf({ workloads, policies }) {
  const byAddress = new Map(
    Object.entries(workloads).flatMap(([name, addresses]) => addresses.map((address) => [address, name])),
  )
  const compiled = policies.map((policy) => compile(policy, workloads))
  const isAllowed = (way, one, other, port) => {
    const about = compiled.filter((policy) => policy.way === way && policy.of === one)
    return about.length === 0 || about.some((policy) => policy.peers.has(other) && policy.takes(port))
  }
  return ({ protocol, source, destination }) => {
    const [from, to] = [byAddress.get(source?.address), byAddress.get(destination?.address)]
    const port = `${protocol}/${destination?.port}`
    return isAllowed('in', to, from, port) && isAllowed('out', from, to, port) ? 'accept' : 'reject'
  }
}

/** One policy: `{ to, from, ports }` of a workload that is reached, `{ by, to, ports }` of one that reaches. Without ports it is about all. */
function compile({ by, to, from, ports }, workloads) {
  const [way, of, peers] = by === undefined ? ['in', to, from] : ['out', by, to]
  for (const name of [of, ...peers])
    if (!Object.hasOwn(workloads, name))
      throw new TypeError(`there is no workload "${name}": write ${Object.keys(workloads).join(', ')}`)
  const taken = ports && new Set(ports)
  return { way, of, peers: new Set(peers), takes: (port) => taken === undefined || taken.has(port) }
}

/** Opens the firewall. `change` puts other policies in force: it resolves when no packet passes by the old ones. */
export async function enforce(state, options) {
  let judge = judgeOf(state)
  const firewall = await openFirewall({
    name: 'network-policy',
    hooks: ['forward'],
    // Killed, it lets nothing new pass, and what was decided goes on.
    absent: 'drop',
    judge: (connection) => judge(connection),
    ...options,
  })
  return {
    firewall,
    async change(next) {
      judge = judgeOf(next)
      return firewall.reconsider()
    },
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const read = () => JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const { firewall, change } = await enforce(read(), { transport: openMnl })
  firewall.on('judged', ({ connection, verdict }) => console.log(`${connection}: ${verdict}`))
  firewall.on('trouble', (error) => console.error(error.message))
  process.on('SIGHUP', async () => {
    try {
      console.log(`policies of epoch ${(await change(read())).epoch}`)
    } catch (error) {
      console.error(`the policies stay as they were: ${error.message}`)
    }
  })
  process.once('SIGINT', () => firewall.close())
  console.log('judging')
}
