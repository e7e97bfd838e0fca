// Pods: which pod may be reached from which, by labels, judged once a connection on the node they run on.
//
//   node examples/side-by-side/kube-network-policies.mjs cluster.json      # pods by address, and policies; SIGHUP reads it again
import { openFirewall } from '@nfkit/firewall'

const fits = (selector, labels) => Object.entries(selector).every(([name, value]) => labels?.[name] === value)

/** Whether a pod can be reached: by everybody while no policy is about it, else by what one of them lets in. */
export function isAllowed({ pods, policies }, { source, destination }) {
  const about = policies.filter(({ to }) => fits(to, pods[destination?.address]))
  const lets = ({ from, ports }) => fits(from, pods[source?.address]) && ports.includes(destination?.port)
  return about.length === 0 || about.some(lets)
}

/** A firewall for what goes through the node. `cluster` is asked anew for each connection. */
export const openNode = (transport, cluster) =>
  openFirewall({
    transport,
    name: 'pods',
    hooks: ['forward'],
    absent: 'drop',
    judge: (connection) => (isAllowed(cluster(), connection) ? 'accept' : 'reject'),
  })

if (process.argv[1] === import.meta.filename) {
  const { readFileSync } = await import('node:fs')
  const { openMnl } = await import('@nfkit/mnl-native')
  const read = () => JSON.parse(readFileSync(process.argv[2], 'utf8'))
  let cluster = read()
  const firewall = await openNode(openMnl, () => cluster)
  process.on('SIGHUP', async () => {
    cluster = read()
    await firewall.reconsider()
  })
  process.once('SIGINT', () => firewall.remove())
}
