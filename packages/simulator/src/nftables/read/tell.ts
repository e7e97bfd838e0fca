import { messageFlags, type Table, type Infer } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import {
  type NftElement,
  nftChain,
  nftElements,
  nftFlags,
  nftFlowtable,
  nftMessage,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
  objectType,
} from '@nfkit/netlink-codec/nftables'
import type { Happening, Teller } from '../change/host.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import type { NftFlowtableState, NftObjectState, NftTableState } from '../state/table.ts'

/** To whom something is told. */
export interface Telling {
  readonly portId: number
  readonly sequence: number
  readonly flags: number
}

/** Messages of a kernel about its tables: answers and events. Every one carries the low 16 bits of the generation. */
export class Messages implements Teller {
  readonly #uptime: () => number
  readonly #to: Telling

  constructor(uptime: () => number, to: Telling) {
    this.#uptime = uptime
    this.#to = to
  }

  table(table: NftTableState, what: Happening, generation: number): Uint8Array {
    const { name, flags, use, handle, userdata, owner } = table
    return this.#message(nftMessage, 'Table', what, nftTable, table.family, generation, {
      name,
      flags,
      use,
      handle,
      userdata,
      owner: owner === 0 ? undefined : owner,
    })
  }

  chain(chain: NftChainState, what: Happening, generation: number): Uint8Array {
    const { table, name, handle, base, flags, use, userdata } = chain
    const { hook, priority, type, policy, counters, devices = [] } = base ?? {}
    return this.#message(nftMessage, 'Chain', what, nftChain, table.family, generation, {
      table: table.name,
      name,
      handle,
      ...(base && {
        hook: {
          hooknum: hook,
          priority,
          dev: devices[0],
          devs: devices.length > 0 ? devices.map((device) => ({ name: device })) : undefined,
        },
        policy,
        type,
        counters,
      }),
      flags: flags === 0 ? undefined : flags,
      use,
      userdata,
    })
  }

  rule(chain: NftChainState, rule: NftRuleState, what: Happening, generation: number): Uint8Array {
    const { table } = chain
    const at = chain.rules.indexOf(rule)
    return this.#message(nftMessage, 'Rule', what, nftRule, table.family, generation, {
      table: table.name,
      chain: chain.name,
      handle: rule.handle,
      position: at > 0 ? chain.rules[at - 1]!.handle : undefined,
      expressions: rule.compiled.steps.map((step, index) => step.state?.() ?? rule.expressions[index]!),
      userdata: rule.userdata,
    })
  }

  set(table: NftTableState, set: NftSetState, what: Happening, generation: number): Uint8Array {
    const { value, name, handle, flags, timeout, size } = set
    return this.#message(nftMessage, 'Set', what, nftSet, table.family, generation, {
      table: table.name,
      name,
      handle,
      flags: flags === 0 ? undefined : flags,
      keyType: value.keyType ?? 0,
      keyLen: value.keyLen,
      dataType: value.dataType,
      dataLen: value.dataType === undefined ? undefined : (value.dataLen ?? 16),
      objType: value.objType,
      timeout: timeout > 0 ? BigInt(timeout) : undefined,
      gcInterval: value.gcInterval,
      policy: value.policy === 'memory' || value.policy === 1 ? 'memory' : undefined,
      userdata: value.userdata,
      desc: { size, concat: value.desc?.concat },
      expr: value.expr,
      expressions: value.expressions,
    })
  }

  elements(
    table: NftTableState,
    set: NftSetState,
    elements: readonly NftElementState[],
    what: Happening,
    generation: number,
  ): Uint8Array {
    return this.#message(nftMessage, 'Elements', what, nftElements, table.family, generation, {
      table: table.name,
      set: set.name,
      elements: elements.map((element) => this.#element(set, element)),
    })
  }

  object(table: NftTableState, object: NftObjectState, what: Happening, generation: number): Uint8Array {
    return this.#message(nftMessage, 'Object', what, nftObject, table.family, generation, {
      ...object.value,
      table: table.name,
      name: object.name,
      type: nameOfType(object.type),
      use: object.use,
      handle: object.handle,
    })
  }

  flowtable(table: NftTableState, { value, handle }: NftFlowtableState, what: Happening, generation: number): Uint8Array {
    return this.#message(nftMessage, 'Flowtable', what, nftFlowtable, table.family, generation, {
      ...value,
      table: table.name,
      handle,
    })
  }

  /** A timeout that is the set's own is not told; how long it has left is (nf_tables_fill_setelem). */
  #element(set: NftSetState, { value, timeout, expires, expressions }: NftElementState): NftElement {
    const left = expires - this.#uptime()
    const counts = expressions?.steps.map((step) => step.state?.()).filter((one) => one !== undefined) as never
    return {
      ...value,
      timeout: timeout === set.timeout || (timeout === 0 && value.timeout === undefined) ? undefined : BigInt(timeout),
      expiration: timeout > 0 ? BigInt(Math.max(0, Math.round(left))) : undefined,
      flags: value.flags === 0 ? undefined : value.flags,
      ...(expressions && value.expressions && { expressions: counts }),
      ...(expressions && value.expr && { expr: (counts as readonly never[])[0] }),
    }
  }

  #message<T extends Table>(
    _all: typeof nftMessage,
    kind: 'Table' | 'Chain' | 'Rule' | 'Set' | 'Elements' | 'Object' | 'Flowtable',
    what: Happening,
    table: T,
    family: number,
    generation: number,
    value: Infer<T>,
  ): Uint8Array {
    const { type } = nftMessage[`${what}${kind}`]
    const header = { type, flags: this.#to.flags, family, resourceId: generation & 0xffff, sequence: this.#to.sequence, portId: this.#to.portId }
    return encodeMessage(header, table, value)
  }
}

const nameOfType = (number: number) =>
  (Object.keys(objectType) as (keyof typeof objectType)[]).find((name) => objectType[name] === number) ?? number

/** In an echo or an event of something new. */
export const madeFlags = messageFlags.create | messageFlags.append
/** Flags of an interval's end. */
export const { intervalEnd } = nftFlags.element
