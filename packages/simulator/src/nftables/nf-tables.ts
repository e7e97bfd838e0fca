import { errno, type Message, type MessageType, messageFlags, type Table } from '@nfkit/netlink-codec'
import { nftFlags, nftMessage, nftTable } from '@nfkit/netlink-codec/nftables'
import type { HookRegistry } from '../hooks/registry.ts'
import type { Entry } from '../netlink/input.ts'
import { policy } from '../netlink/policy.ts'
import { Refusal } from '../netlink/refusal.ts'
import { dumping, type Request } from '../netlink/request.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import type { Sockets } from '../socket/sockets.ts'
import type { BatchHost } from './batch.ts'
import type { Draft } from './change/draft.ts'
import type { ChangeHost } from './change/host.ts'
import { sleep } from './change/registration.ts'
import { type Change, changesOf } from './dispatch.ts'
import type { EvaluateHost } from './evaluate/host.ts'
import { announce } from './events.ts'
import type { NftablesProfile } from './profile.ts'
import {
  type Answer,
  chains,
  elements,
  flowtables,
  objects,
  type Reading,
  rules,
  sets,
  tables,
} from './read/reading.ts'
import { Messages, type When } from './read/telling.ts'
import { NftRequest } from './request.ts'
import { NftRuleset } from './state/ruleset.ts'

/** The attributes are looked at by who acts on them. */
const ignored = policy(nftTable, {}, 0)

/** nf_tables of one network namespace: transactions, what is read, events, and tables that go with their socket. */
export class NfTables implements BatchHost, ChangeHost {
  readonly ruleset = new NftRuleset()
  readonly profile: NftablesProfile
  readonly hooks: HookRegistry
  readonly evaluation: EvaluateHost
  readonly #sockets: Sockets
  readonly #changes: ReadonlyMap<number, Change>

  constructor(profile: NftablesProfile, evaluation: EvaluateHost, sockets: Sockets, hooks: HookRegistry) {
    this.profile = profile
    this.hooks = hooks
    this.evaluation = evaluation
    this.#sockets = sockets
    this.#changes = changesOf(profile)
  }

  get generation(): number {
    return this.ruleset.generation
  }
  get acknowledgesEnds(): boolean {
    return this.profile.acknowledgesEnds
  }
  uptime(): number {
    return this.evaluation.clock.uptime
  }

  act(message: Message, draft: Draft): void {
    const change = this.#changes.get(message.type)
    if (!change) throw new Refusal(errno.EINVAL)
    change(this, message, draft)
  }

  commit(draft: Draft, socket: Endpoint, first: Message): void {
    for (const check of draft.checks) check()
    if (!draft.changed) return
    this.ruleset.advance()
    for (const act of draft.finally) act()
    announce(this.#sockets, draft, socket, first, this.#when)
  }

  /** Every message outside of batches, by type: they read. Those that change are refused there, as unknown ones are. */
  dispatch(): [number, Entry][] {
    const { resetsRules, resetsElements } = this.profile
    return [
      [nftMessage.getGeneration.type, { policy: ignored, handler: (request) => this.#tellGeneration(request) }],
      this.#entry(nftMessage.getTable, tables),
      this.#entry(nftMessage.getChain, chains),
      this.#entry(nftMessage.getRule, rules),
      this.#entry(nftMessage.getSet, sets),
      this.#entry(nftMessage.getElements, elements),
      this.#entry(nftMessage.getObject, objects),
      this.#entry(nftMessage.getFlowtable, flowtables),
      this.#entry(nftMessage.getObjectReset, objects, true),
      ...(resetsRules ? [this.#entry(nftMessage.getRuleReset, rules, true)] : []),
      ...(resetsElements ? [this.#entry(nftMessage.getElementsReset, elements, true)] : []),
    ]
  }

  /** A socket is gone, and with it its tables, without an event; those that persist are anybody's (nft_rcv_nl_event). */
  closed(portId: number): void {
    for (const table of this.ruleset.of(0)) {
      if (table.owner !== portId) continue
      table.owner = 0
      table.flags &= ~nftFlags.table.owner
      if (!(table.flags & nftFlags.table.persist)) this.#remove(table)
    }
  }

  /** The namespace is gone. */
  exit(): void {
    for (const table of this.ruleset.of(0)) this.#remove(table)
  }

  #remove(table: Parameters<NftRuleset['remove']>[0]): void {
    this.ruleset.remove(table)
    sleep(table)
  }

  #entry<T extends Table>({ type }: MessageType, reading: Reading<T>, resets = false): [number, Entry] {
    return [type, { policy: ignored, handler: (request) => this.#read(request, reading, resets) }]
  }

  #read<T extends Table>(request: Request, reading: Reading<T>, resets: boolean): number {
    const asked = new NftRequest(request.message, reading.table)
    const { socket, sequence } = request
    if (asked.has('dump')) {
      const messages = this.#dumped(request, reading, reading.all(this.ruleset, asked, this.uptime()), resets)
      return socket.startDump(messages, sequence, 0) || dumping
    }
    for (const answer of reading.one(this.ruleset, asked, this.uptime()))
      socket.deliver(this.#tell(request, answer, 0, resets), 0)
    return 0
  }

  /** The first message after a commit says that there was one (nl_dump_check_consistent). */
  *#dumped<T extends Table>(
    request: Request,
    reading: Reading<T>,
    answers: Iterable<Answer>,
    resets: boolean,
  ): Iterator<Uint8Array> {
    let { generation } = this
    for (const answer of answers) {
      const isTorn = reading.tellsChanges && generation !== this.generation
      generation = this.generation
      yield this.#tell(request, answer, reading.dumpFlags | (isTorn ? messageFlags.dumpInterrupted : 0), resets)
    }
  }

  get #when(): When {
    const { namesDeleted, tellsSetTimeouts } = this.profile
    return { generation: this.generation, now: this.uptime(), namesDeleted, tellsSetTimeouts }
  }

  #tell(request: Request, answer: Answer, flags: number, resets: boolean): Uint8Array {
    const bytes = answer.tell(this.#messages(request, flags))
    if (resets) answer.reset?.()
    return bytes
  }

  #messages({ portId, sequence }: Request, flags: number): Messages {
    return new Messages({ portId, sequence, flags, ...this.#when })
  }

  #tellGeneration(request: Request): number {
    request.socket.deliver(this.#messages(request, 0).generation(request.socket.processId), 0)
    return 0
  }
}
