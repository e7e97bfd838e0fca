import type { Names } from '../schema/shape.ts'
import { constant } from '../schema/table.ts'

/** `NLM_F_*`. The upper bits mean different things in requests that get, make and delete, and in answers. */
export const messageFlags = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  echo: 0x8,
  dumpInterrupted: 0x10,
  dumpFiltered: 0x20,
  /** In a get: all entries instead of one. */
  dump: 0x300,
  /** In a new: replace what exists. */
  replace: 0x100,
  /** In a new: refuse when it exists. */
  exclusive: 0x200,
  /** In a new: make it when it does not exist. */
  create: 0x400,
  /** In a new: put it behind what is there. */
  append: 0x800,
  /** In an error or done: the request is not repeated. */
  capped: 0x100,
  /** In an error or done: extended-acknowledgement attributes follow. */
  ackTlvs: 0x200,
} as const

/** What a message does decides what the upper bits of its flags mean. */
export type Verb = 'get' | 'new' | 'delete' | 'answer'

const everywhere: Names = { request: 0x1, multi: 0x2, ack: 0x4, echo: 0x8, dumpIntr: 0x10, dumpFiltered: 0x20 }
const upper: { readonly [verb in Verb]: Names } = {
  get: { dump: 0x300, root: 0x100, match: 0x200, atomic: 0x400 },
  new: { replace: 0x100, excl: 0x200, create: 0x400, append: 0x800 },
  delete: { nonrec: 0x100, bulk: 0x200 },
  answer: { capped: 0x100, ackTlvs: 0x200 },
}

/** The kernel's names without `NLM_F_`: `['REQUEST', 'ACK', 'CREATE']`. A bit without a name comes last, as a number. */
export function flagNames(flags: number, verb: Verb): string[] {
  return bitNames(flags, { ...everywhere, ...upper[verb] })
}

/** The names of the bits set in `value`, as the kernel spells them; bits without a name come last, in hexadecimal. */
export function bitNames(value: number, names: Names): string[] {
  const found: string[] = []
  let rest = value
  for (const [name, bit] of Object.entries(names)) {
    if (bit === 0 || (rest & bit) >>> 0 !== bit) continue
    found.push(constant(name))
    rest = (rest & ~bit) >>> 0
  }
  if (rest !== 0) found.push(`0x${rest.toString(16)}`)
  return found
}
