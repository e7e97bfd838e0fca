import { EncodeError, type MessageType, messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { type NftRule, nftMessage } from '@nfkit/netlink-codec/nftables'
import { chunks, lists } from '../encode/chunk.ts'
import { anonymousElements } from '../encode/element.ts'
import { arePlain, plainLists } from '../encode/plain.ts'
import { ruleAttrs } from '../encode/rule.ts'
import { anonymousAttrs } from '../encode/set.ts'
import { lowerRule } from '../lower/rule.ts'
import type { QueueForm } from '../lower/steps.ts'
import { familyNumber } from '../values/hook.ts'
import type { Rule } from '../values/rule.ts'
import { type Attrs, contentsOf, isMaking, messageOf } from './contents.ts'
import { ElementRun, type Operation, type Verb } from './operation.ts'

/** A message of a transaction, and what it is about. */
export interface EncodedMessage {
  readonly message: Uint8Array
  readonly type: MessageType
  /** What it does, or a part of it. */
  readonly step: Operation
  /** What the entries of the list in it are of: of a rule, for each expression its clause; of elements, for each its operation. */
  readonly origins: readonly number[]
}

const { create, exclusive, append, replace, echo } = messageFlags

/** How a batch is told to a kernel. */
export interface EncodingOptions {
  /** How rules queue packets. */
  readonly queue: QueueForm
  /** Whether the kernel tells what it made. */
  readonly echo: boolean
}

/** Writes the messages of a batch. Throws `EncodeError`, which names the operation, for what cannot be told to the kernel. */
export class Encoding {
  readonly parts: EncodedMessage[] = []
  readonly #options: EncodingOptions
  readonly #ids = new Map<unknown, number>()
  #lastId = 0

  constructor(options: EncodingOptions) {
    this.#options = options
  }

  /** Messages of all operations, in their order. */
  add(operations: readonly Operation[]): readonly EncodedMessage[] {
    for (const step of operations)
      try {
        if (step instanceof ElementRun) this.#elements(step)
        else this.#one(step)
      } catch (error) {
        throw error instanceof EncodeError ? new EncodeError(`${step.path} ${error.where}`, error.reason) : error
      }
    return this.parts
  }

  #one(operation: Operation): void {
    const { verb, part } = operation
    if (part.kind === 'rule' && isMaking(verb)) this.#rule(operation, part)
    else {
      const { type, attrs } = contentsOf(operation, (set) => this.#idOf(set))
      this.#push(operation, type, attrs)
    }
  }

  #rule(operation: Operation, rule: Rule): void {
    const lowered = lowerRule(rule, this.#options.queue, () => ++this.#lastId)
    for (const set of lowered.sets) {
      const header = { family: familyNumber(rule.family), flags: create }
      const place = { table: rule.table, set: anonymousAttrs(rule.table, set).name!, setId: set.id }
      this.#message(nftMessage.newSet, header, anonymousAttrs(rule.table, set), operation)
      for (const elements of chunks(anonymousElements(set)))
        this.#message(nftMessage.newElements, header, { ...place, elements }, operation)
    }
    const attrs = { ...ruleAttrs(rule, lowered), id: this.#idOf(rule), ...this.#placed(operation) }
    this.#push(operation, nftMessage.newRule, attrs, lowered.origins)
  }

  /** A neighbour is known by its handle, or in the same batch by its number. */
  #placed({ verb, beside }: Operation): NftRule {
    if (beside === undefined) return {}
    const handle = typeof beside === 'bigint' ? beside : beside.handle
    if (verb === 'replace' && handle === undefined)
      throw new EncodeError('replace', 'the rule to be replaced has no handle: take one that was listed or committed')
    if (handle !== undefined) return verb === 'replace' ? { handle } : { position: handle }
    const id = this.#ids.get(beside)
    if (id === undefined)
      throw new EncodeError('neighbour', 'it is neither in the kernel nor in the batch before this rule')
    return { positionId: id }
  }

  #elements(run: ElementRun): void {
    const { elements, verb, part } = run
    const place = { table: part.set.table, set: part.set.name }
    const header = { family: familyNumber(part.set.family), flags: flagsOf(verb, 'element') }
    for (const { attrs, origins } of arePlain(elements) ? plainLists(elements) : lists(elements))
      this.#message(messageOf(verb, 'Elements'), header, { ...place, ...attrs }, run, origins)
  }

  #push(operation: Operation, type: MessageType, attrs: Attrs, origins: readonly number[] = []): void {
    const { verb, part } = operation
    const { family } = part.kind === 'element' ? part.set : part
    const told = this.#options.echo && isMaking(verb) ? echo : 0
    this.#message(
      type,
      { family: familyNumber(family), flags: flagsOf(verb, part.kind) | told },
      attrs,
      operation,
      origins,
    )
  }

  #message(
    type: MessageType,
    header: { readonly family: number; readonly flags: number },
    attrs: Attrs,
    step: Operation,
    origins: readonly number[] = [],
  ): void {
    // The kernel tells the new generation with what it tells of the first message.
    const isTold = this.parts.length === 0 && this.#options.echo && !isAboutElements(step)
    const flags = header.flags | (isTold ? echo : 0)
    const message = encodeMessage({ type: type.type, family: header.family, flags }, type.table, attrs)
    this.parts.push({ message, type, step, origins })
  }

  #idOf(value: unknown): number {
    const id = this.#ids.get(value) ?? ++this.#lastId
    this.#ids.set(value, id)
    return id
  }
}

function flagsOf(verb: Verb, kind: Operation['part']['kind']): number {
  if (!isMaking(verb)) return 0
  if (verb === 'replace') return replace
  const place = kind === 'rule' && verb !== 'insert' ? append : 0
  return create | place | (verb === 'create' && kind !== 'rule' ? exclusive : 0)
}

/** Of elements nothing is told: there may be more than a socket holds. A set is emptied of one after another. */
const isAboutElements = ({ verb, part }: Operation): boolean =>
  part.kind === 'element' || (verb === 'flush' && (part.kind === 'set' || part.kind === 'map'))
