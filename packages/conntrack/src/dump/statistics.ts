import { decode, type Message, messageType, type StatsCpu, statsCpu, statsGlobal } from '@nfkit/netlink-codec'
import { requestOf } from './request.ts'
import { entries, type Requests } from './requests.ts'

/** The table as a whole. */
export interface TableCount {
  /** Entries, dying ones included. */
  readonly entries: number
  /** The most there may be; since Linux 4.19. */
  readonly maxEntries: number | undefined
}

/** One processor's counters since the kernel started; what a kernel does not count is `undefined`. */
export type ProcessorStatistics = Omit<StatsCpu, 'unknown'> & { readonly processor: number }

export interface TableStatistics extends TableCount {
  readonly processors: readonly ProcessorStatistics[]
}

export async function tableCount(requests: Requests): Promise<TableCount> {
  const [answer] = await requests.request(requestOf(messageType.conntrackGetStats, 0, 0))
  const attrs = answer?.attrs
  return { entries: attrs?.get(statsGlobal.rows.entries) ?? 0, maxEntries: attrs?.get(statsGlobal.rows.maxEntries) }
}

export async function processorStatistics(requests: Requests): Promise<ProcessorStatistics[]> {
  const processors: ProcessorStatistics[] = []
  for await (const message of entries(requests, requestOf(messageType.conntrackGetStatsCpu, 0, 0)))
    processors.push(statisticsOf(message))
  return processors
}

function statisticsOf(message: Message): ProcessorStatistics {
  const { bytes, start, end } = message.attrs
  const { unknown: _, ...counters } = decode(statsCpu, bytes, start, end)
  return { processor: message.resourceId, ...counters }
}
