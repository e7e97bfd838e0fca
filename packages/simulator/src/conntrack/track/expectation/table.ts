import { sameAddress } from '@nfkit/inet'
import { errno, messageFlags } from '@nfkit/netlink-codec'
import { type Expect, expect, expectFlags, expectMessage, type TupleAttrs } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, group } from '@nfkit/netlink-codec/nfnetlink'
import type { Clock } from '../../../clock.ts'
import type { Sockets } from '../../../socket/sockets.ts'
import type { Settings } from '../../objects/settings.ts'
import type { Connection } from '../../table/connection.ts'
import { type Cause, nobody, publish } from '../../table/events.ts'
import type { Statistics } from '../../table/statistics.ts'
import { attributesOf } from '../../table/tuple/attributes.ts'
import { sameTuple, type Tuple } from '../../table/tuple/tuple.ts'
import type { Expectation } from './expectation.ts'

/** All expectations of the namespace (net/netfilter/nf_conntrack_expect.c). */
export class ExpectationTable {
  readonly #all = new Set<Expectation>()
  readonly #clock: Clock
  readonly #sockets: Sockets
  readonly #settings: Settings
  readonly #statistics: Statistics

  constructor(clock: Clock, sockets: Sockets, settings: Settings, statistics: Statistics) {
    this.#clock = clock
    this.#sockets = sockets
    this.#settings = settings
    this.#statistics = statistics
  }

  get list(): ReadonlySet<Expectation> {
    return this.#all
  }

  /** The expectation with this very tuple. */
  at(tuple: Tuple, zone: number): Expectation | undefined {
    for (const one of this.#all) if (one.master.zone.id === zone && covers(one, tuple)) return one
    return undefined
  }

  /** The expectation a new connection fulfils, which is thereby used up unless it is permanent. */
  fulfil(tuple: Tuple, zone: number): Expectation | undefined {
    const found = this.at(tuple, zone)
    if (!found || found.flags & expectFlags.inactive) return undefined
    this.#statistics.expectNew++
    if (!(found.flags & expectFlags.permanent)) this.remove(found, nobody)
    return found
  }

  /** Add one. Evicts the connection's oldest of the class when it has its fill. */
  add(expectation: Expectation, limit: number, cause: Cause): number {
    const clashing = [...this.#all].find((other) => sameZone(other, expectation) && intersects(other, expectation))
    if (clashing) {
      const same = sameTuple(clashing.tuple, expectation.tuple) && sameTuple(clashing.mask, expectation.mask)
      if (!same) return errno.EBUSY
      if (clashing.master !== expectation.master || clashing.class !== expectation.class) return errno.EALREADY
      this.remove(clashing, nobody)
    }
    const ofClass = [...this.#all].filter(
      (other) => other.master === expectation.master && other.class === expectation.class,
    )
    if (ofClass.length >= limit) this.remove(ofClass[0]!, nobody)
    if (this.#all.size >= this.#settings.expectMax) return errno.EMFILE
    this.#all.add(expectation)
    this.#schedule(expectation)
    this.#statistics.expectCreate++
    this.#tell(expectation, true, cause)
    return 0
  }

  retime(expectation: Expectation, seconds: number): void {
    expectation.cancel()
    expectation.expires = this.#clock.uptime + 1000 * seconds
    this.#schedule(expectation)
  }

  remove(expectation: Expectation, cause: Cause): void {
    if (!this.#all.delete(expectation)) return
    expectation.cancel()
    this.#statistics.expectDelete++
    this.#tell(expectation, false, cause)
  }

  removeOf(master: Connection): void {
    if (this.#all.size === 0) return
    for (const one of [...this.#all]) if (one.master === master) this.remove(one, nobody)
  }

  #schedule(expectation: Expectation): void {
    expectation.cancel = this.#clock.after(expectation.expires - this.#clock.uptime, () =>
      this.remove(expectation, nobody),
    )
  }

  #tell(expectation: Expectation, made: boolean, cause: Cause): void {
    if (!expectation.master.events) return
    const to = made ? group.conntrackExpNew : group.conntrackExpDestroy
    if (!cause.echo && !this.#sockets.hasListeners(to)) return
    const type = made ? expectMessage.new.type : expectMessage.delete.type
    const flags = made ? messageFlags.create | messageFlags.exclusive : 0
    publish(this.#sockets, to, this.message(expectation, type, flags, 0, cause.portId), cause)
  }

  message(expectation: Expectation, type: number, flags: number, sequence: number, portId: number): Uint8Array {
    const header = { type, flags, sequence, portId, family: expectation.tuple.family }
    return encodeMessage(header, expect, this.#attributes(expectation))
  }

  /** In the kernel's order (ctnetlink_exp_dump_expect). */
  #attributes(expectation: Expectation): Expect {
    const { tuple, mask, master, translation } = expectation
    const to = translation && sourceOf(translation.tuple, master.original)
    const left = Math.max(0, Math.floor((expectation.expires - this.#clock.uptime) / 1000))
    return {
      tuple: attributesOf(tuple),
      mask: attributesOf({ ...mask, protocol: tuple.protocol, ported: tuple.ported }),
      master: attributesOf(master.original),
      nat: translation && to && { dir: translation.direction, tuple: to },
      timeout: left,
      id: expectation.id,
      flags: expectation.flags,
      class: expectation.class,
      helpName: master.help?.helper?.name,
      fn: expectation.function,
    }
  }
}

/** What a message tells of a translation: its source, in the protocol of the master; nothing where that is zero. */
function sourceOf({ source, from }: Tuple, { family, protocol, ported }: Tuple): TupleAttrs | undefined {
  if (from === 0 && source.every((byte) => byte === 0)) return undefined
  return attributesOf({ family, protocol, ported, source, from, destination: source.map(() => 0), to: 0 })
}

const sameZone = (a: Expectation, b: Expectation): boolean => a.master.zone.id === b.master.zone.id

/** Of the source only the masked bits count; the destination counts whole. */
function covers({ tuple, mask }: Expectation, other: Tuple): boolean {
  if (tuple.family !== other.family || tuple.protocol !== other.protocol || tuple.to !== other.to) return false
  if (!sameAddress(tuple.destination, other.destination) || (tuple.from ^ other.from) & mask.from) return false
  return tuple.source.every((byte, i) => ((byte ^ other.source[i]!) & mask.source[i]!) === 0)
}

function intersects(a: Expectation, b: Expectation): boolean {
  const source = a.mask.source.map((byte, i) => byte & b.mask.source[i]!)
  return covers({ ...a, mask: { ...a.mask, source, from: a.mask.from & b.mask.from } }, b.tuple)
}
