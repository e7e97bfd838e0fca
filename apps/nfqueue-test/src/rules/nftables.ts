import { openMnl } from '@nfkit/mnl-native'
import { type Nftables, openNftables, type TableFamily, type TableIdentity, table } from '@nfkit/nftables'
import { InvalidArgumentError, Option } from 'commander'

/** Open this network namespace's nf_tables, use them, and close them. */
export async function withNftables(use: (nft: Nftables) => Promise<void>): Promise<void> {
  await using nft = await openNftables(openMnl())
  await use(nft)
}

/** `--table 'inet filter'`. */
export const tableOption = (): Option =>
  new Option('--table <family and name>', "one table alone: 'inet filter'").argParser(tableNamed)

function tableNamed(text: string): TableIdentity {
  const [, family = '', name = ''] = /^(\S+)\s+(.+)$/.exec(text.trim()) ?? []
  try {
    return table(family as TableFamily, name)
  } catch (error) {
    throw new InvalidArgumentError(`It is a family and a name, as in "inet filter": ${(error as Error).message}.`)
  }
}
