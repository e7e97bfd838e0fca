import type { NftRule } from '@nfkit/netlink-codec/nftables'
import type { Lowered } from '../lower/rule.ts'
import type { Rule } from '../values/rule.ts'
import { sourceEntry, textEntry, userdata, userdataType } from './userdata.ts'

/** A rule as the kernel takes it. */
export function ruleAttrs({ table, chain, comment, source }: Rule, { expressions }: Lowered): NftRule {
  const beside = userdata(textEntry(userdataType.comment, comment), sourceEntry(source, comment))
  return { table, chain, expressions, ...beside }
}
