import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { Nftables } from './nftables.ts'

/**
 * Open the nf_tables of the transport's network namespace. They close the transport.
 *
 * Rejects with `NetlinkError`: EPERM without CAP_NET_ADMIN, EINVAL or EOPNOTSUPP on a kernel without nf_tables.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openNftables } from '@nfkit/nftables'
 *
 * export async function generation() {
 *   await using nft = await openNftables(openMnl())
 *   return nft.generation()
 * }
 */
export async function openNftables(transport: Transport): Promise<Nftables> {
  const connection = new Connection(transport, netfilter(nftMessage))
  transport.receive(connection)
  const nft = new Nftables(connection)
  try {
    await nft.generation()
  } catch (error) {
    nft.close()
    throw error
  }
  return nft
}
