import { openMnl } from '@nfkit/mnl-native'
import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { openNftables } from '@nfkit/nftables'
import { type Finding, ok, problem, warning } from '../doctor/finding.ts'
import { kernelFile } from '../doctor/kernel-file.ts'
import { type Feeder, feedersOf } from './feeder.ts'
import { listening, portsOf } from './listening.ts'
import { otherNamespaces } from './namespaces.ts'
import { ruleText } from './words.ts'

/** Whether rules and reader of a queue can come together: what `nfqueue-test why` would say of every packet. */
export async function placement(queue: number): Promise<readonly Finding[]> {
  const feeders = await queueing()
  if (feeders === undefined) return []
  const here = feeders.filter(({ first, last }) => first <= queue && queue <= last)
  const found = [...here.flatMap(ineffective), ...foreignReader(queue), ...(await unheard(here))]
  if (here.length === 0 && feeders.length > 0) {
    const others = [...new Set(feeders.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)))]
    found.push(
      warning(
        `rules of nf_tables feed other queues: ${others.join(', ')}`,
        `open one of those, or have the rule say queue to ${queue}`,
      ),
    )
  }
  return [...found, ok("what becomes of packets, and why: nfqueue-test why 'tcp 10.0.0.2:443'")]
}

async function queueing(): Promise<readonly Feeder[] | undefined> {
  try {
    await using nft = await openNftables(openMnl())
    return feedersOf(await nft.list())
  } catch {
    // Without nf_tables, or permission, which the checks tell of.
    return undefined
  }
}

function ineffective({ rule, table, at }: Feeder): readonly Finding[] {
  if (table.dormant)
    return [
      problem(
        `${ruleText(rule)} sees no packet: its table sleeps`,
        `nft add table ${table.family} ${table.name} wakes it`,
      ),
    ]
  if (at.length === 0)
    return [
      problem(
        `${ruleText(rule)} sees no packet: no base chain leads to it`,
        `jump to ${rule.chain} from one, or give it a hook`,
      ),
    ]
  return []
}

/** Packets of new connections to a port without a program are judged, and refused all the same. */
async function unheard(feeders: readonly Feeder[]): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const feeder of feeders)
    for (const port of portsOf(feeder))
      if ((await listening(port)).length === 0)
        found.push(
          warning(
            `${ruleText(feeder.rule)} is about ${port.protocol} port ${port.localPort}, which no program has open`,
            'start the program that listens there, or correct the port: whatever the verdict, such packets are refused',
          ),
        )
  return found
}

function foreignReader(queue: number): readonly Finding[] {
  if (parseQueueStatus(kernelFile(queueStatusPath)).some((status) => status.queue === queue)) return []
  const elsewhere = otherNamespaces().find(({ queues }) => queues.some((status) => status.queue === queue))
  if (elsewhere === undefined) return []
  const fix =
    'a queue belongs to the network namespace its socket was opened in: openMnl({ netns }) opens it in another'
  return [warning(`queue ${queue} is read in another network namespace (${elsewhere.path}), and not here`, fix)]
}
