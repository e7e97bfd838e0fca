import { type ConntrackTable, openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'

/** Open this network namespace's table, use it, and close it. */
export async function withTable(use: (table: ConntrackTable) => Promise<void>): Promise<void> {
  await using table = await openConntrack(openMnl())
  await use(table)
}
