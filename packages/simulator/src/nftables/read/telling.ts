import type { Infer, Table } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import {
  type NftElement,
  type NftObject,
  nftChain,
  nftElements,
  nftGeneration,
  nftMessage,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
} from '@nfkit/netlink-codec/nftables'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import type { NftObjectState, NftTableState } from '../state/table.ts'

/** What happened to something, as events say; answers say `new`. */
export type Happening = 'new' | 'delete'

/** To whom messages are, and when. */
export interface Addressee {
  readonly portId: number
  readonly sequence: number
  readonly flags: number
  readonly generation: number
  /** Milliseconds since the kernel started. */
  readonly now: number
  /** Of what is deleted, only which it was is told. */
  readonly namesDeleted: boolean
  /** Elements of packets tell a timeout that is their set's own. */
  readonly tellsSetTimeouts: boolean
}

/** What of it is the same for everybody. */
export type When = Pick<Addressee, 'generation' | 'now' | 'namesDeleted' | 'tellsSetTimeouts'>

/** Messages of a kernel about its tables: answers and events. Each carries the low 16 bits of the generation. */
export class Messages {
  readonly #to: Addressee

  constructor(to: Addressee) {
    this.#to = to
  }

  table({ family, name, flags, use, handle, userdata, owner }: NftTableState, what: Happening): Uint8Array {
    const more = { flags, use, userdata, owner: owner === 0 ? undefined : owner }
    return this.#message(nftMessage[`${what}Table`].type, nftTable, family, {
      name,
      handle,
      ...this.#unless(what, more),
    })
  }

  chain({ table, name, handle, base, flags, use, userdata }: NftChainState, what: Happening): Uint8Array {
    const [first, ...others] = base?.devices ?? []
    const devs = others.length > 0 ? base!.devices.map((device) => ({ name: device })) : undefined
    const more = {
      ...(base && {
        hook: { hooknum: base.hook, priority: base.priority, dev: devs ? undefined : first, devs },
        policy: base.policy === 0 ? ('drop' as const) : ('accept' as const),
        type: base.type,
        counters: base.counters,
      }),
      flags: flags === 0 ? undefined : flags,
      use,
      userdata,
    }
    const value = { table: table.name, name, handle, ...this.#unless(what, more) }
    return this.#message(nftMessage[`${what}Chain`].type, nftChain, table.family, value)
  }

  /** Dumps tell the rule before it as well. */
  rule(chain: NftChainState, rule: NftRuleState, what: Happening, position?: bigint): Uint8Array {
    const { table } = chain
    return this.#message(nftMessage[`${what}Rule`].type, nftRule, table.family, {
      table: table.name,
      chain: chain.name,
      handle: rule.handle,
      position,
      expressions: rule.expressions,
      userdata: rule.userdata,
    })
  }

  set(set: NftSetState, what: Happening): Uint8Array {
    const { table, value, name, handle, flags, timeout, size } = set
    const more = {
      flags: flags === 0 ? undefined : flags,
      keyType: value.keyType ?? 0,
      keyLen: value.keyLen,
      dataType: value.dataType,
      dataLen: value.dataType === undefined ? undefined : set.dataLength,
      objType: value.objType,
      timeout: timeout > 0 ? BigInt(timeout) : undefined,
      gcInterval: value.gcInterval,
      policy: value.policy === 'memory' ? value.policy : undefined,
      userdata: value.userdata,
      desc: { size, concat: value.desc?.concat },
      expr: value.expr,
      expressions: value.expressions,
    }
    const identity = { table: table.name, name, handle }
    return this.#message(nftMessage[`${what}Set`].type, nftSet, table.family, {
      ...identity,
      ...this.#unless(what, more),
    })
  }

  elements(set: NftSetState, elements: readonly NftElementState[], what: Happening): Uint8Array {
    return this.#message(nftMessage[`${what}Elements`].type, nftElements, set.table.family, {
      table: set.table.name,
      set: set.name,
      elements: elements.map((element) => this.#element(set, element)),
    })
  }

  object(table: NftTableState, { value, name, references, handle }: NftObjectState, what: Happening): Uint8Array {
    const { type, ...more } = { ...value, use: references }
    const identity = { ...this.#unless(what, more), table: table.name, name, handle, type }
    return this.#message(nftMessage[`${what}Object`].type, nftObject, table.family, identity as NftObject)
  }

  generation(procPid: number): Uint8Array {
    const value = { id: this.#to.generation, procPid, procName: 'node' }
    return this.#message(nftMessage.newGeneration.type, nftGeneration, 0, value)
  }

  /** A timeout that is the set's own is not told; how long it has left is (nf_tables_fill_setelem). */
  #element(set: NftSetState, { value, timeout, expires, isOfPacket }: NftElementState): NftElement {
    const isTold = timeout !== set.timeout || (isOfPacket && this.#to.tellsSetTimeouts)
    return {
      ...value,
      timeout: isTold && value.timeout !== undefined ? BigInt(timeout) : undefined,
      expiration: timeout > 0 ? BigInt(Math.max(0, Math.round(expires - this.#to.now))) : undefined,
      flags: value.flags === 0 ? undefined : value.flags,
    }
  }

  /** What is told of a thing besides which it is. */
  #unless<T extends object>(what: Happening, more: T): T | undefined {
    return what === 'delete' && this.#to.namesDeleted ? undefined : more
  }

  #message<T extends Table>(type: number, table: T, family: number, value: Infer<T>): Uint8Array {
    const { portId, sequence, flags, generation } = this.#to
    return encodeMessage({ type, flags, family, resourceId: generation & 0xffff, sequence, portId }, table, value)
  }
}
