import { type NftChain, type NftObject, type NftTable, nftFlags, type ObjectData } from '@nfkit/netlink-codec/nftables'
import { stateful } from '../lower/action.ts'
import type { Chain } from '../values/chain.ts'
import { type CtHelper, helperProtocols } from '../values/helper.ts'
import { familyNumber, hookNumber } from '../values/hook.ts'
import type { NamedObject } from '../values/object.ts'
import type { Table } from '../values/table.ts'
import { textEntry, userdata, userdataType } from './userdata.ts'

/** A table as the kernel takes it. */
export function tableAttrs({ name, owner, persist, dormant, comment }: Table): NftTable {
  const { table } = nftFlags
  const flags = (dormant ? table.dormant : 0) | (owner ? table.owner : 0) | (persist ? table.persist : 0)
  return { name, flags, ...userdata(textEntry(userdataType.comment, comment)) }
}

/** A chain as the kernel takes it. */
export function chainAttrs({ family, table, name, base, comment }: Chain): NftChain {
  const beside = userdata(textEntry(userdataType.comment, comment))
  if (base === undefined) return { table, name, ...beside }
  const { hook, priority, policy, type, device } = base
  return {
    table,
    name,
    hook: { hooknum: hookNumber(family, hook), priority, ...(device === undefined ? {} : { dev: device }) },
    policy,
    type,
    ...beside,
  }
}

/** An object as the kernel takes it. */
export function objectAttrs({ table, name, type, state }: NamedObject): NftObject {
  return { table, name, type, data: state.kind === 'ctHelper' ? helperData(state) : stateful(state).data } as NftObject
}

const helperData = ({ helper, protocol, family }: CtHelper): ObjectData<'ctHelper'> => ({
  name: helper,
  l3proto: familyNumber(family),
  l4proto: helperProtocols[protocol],
})
