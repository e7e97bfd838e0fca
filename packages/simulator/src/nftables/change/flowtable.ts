import { errno } from '@nfkit/netlink-codec'
import type { nftFlowtable } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'

type FlowtableRequest = NftRequest<typeof nftFlowtable>

/** NFT_MSG_NEWFLOWTABLE, of a kernel without CONFIG_NF_FLOW_TABLE. */
export function newFlowtable({ ruleset }: ChangeHost, request: FlowtableRequest, draft: Draft): void {
  tableOf(ruleset, request, draft)
  throw new Refusal(errno.ENOENT)
}

/** NFT_MSG_DELFLOWTABLE: there is none. */
export function deleteFlowtable(
  { ruleset }: ChangeHost,
  request: FlowtableRequest,
  draft: Draft,
  forgives: boolean,
): void {
  tableOf(ruleset, request, draft)
  if (!forgives) request.refuse('ENOENT', 'name')
}
