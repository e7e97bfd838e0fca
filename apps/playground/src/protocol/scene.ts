import { limits } from './limits.ts'
import { list, number, object, optional, text, word } from './shape.ts'

/** One rule or policy that a packet met, or a judge. */
export interface Step {
  readonly kind: 'rule' | 'policy' | 'judge'
  /** Table and chain: `inet fw input`; of a judge its queue. */
  readonly where: string
  /** The rule in nft's words. */
  readonly text: string
  readonly verdict: string
  /** Which line of the rules it is. */
  readonly rule?: string | undefined
}

/** A packet, and what became of it. */
export interface Journey {
  readonly id: number
  /** Virtual time, in seconds. */
  readonly at: number
  /** The packet as it came. */
  readonly packet: string
  /** Where it passed: `input, in eth0`. */
  readonly way: string
  readonly verdict: 'accept' | 'drop' | 'reject'
  readonly reason: string
  readonly mark: number
  readonly connmark?: number | undefined
  readonly steps: readonly Step[]
  /** The packet as it went on, where it was changed. */
  readonly became?: string | undefined
  /** What the kernel sent back. */
  readonly answer?: string | undefined
  /** The line of an answer to the packet. */
  readonly reply?: string | undefined
}

/** A line of the rules in nft's language. */
export interface RulesetLine {
  readonly text: string
  /** The rule it is. */
  readonly rule?: string | undefined
}

/** An entry of the connection tracking table. */
export interface Connection {
  readonly name: string
  /** The answers' direction, where addresses are translated. */
  readonly translated?: string | undefined
  readonly state: string
  readonly timeoutSeconds: number
  readonly mark: number
  readonly packets: string
}

/** Something said beside the packets: printed by the code, or by what failed. */
export interface Note {
  readonly from: 'code' | 'kernel'
  readonly text: string
}

/** What there is to see. */
export interface Scene {
  /** Virtual time, in seconds. */
  readonly uptime: number
  /** The packets since the last scene. */
  readonly journeys: readonly Journey[]
  /** Packets that are not told of. */
  readonly untold: number
  readonly ruleset: readonly RulesetLine[]
  readonly connections: readonly Connection[]
  /** The queues that the judge reads. */
  readonly queues: readonly number[]
  readonly notes: readonly Note[]
}

const line = text(limits.line)
const uint32 = number(0, 0xffff_ffff)
const seconds = number(0, Number.MAX_SAFE_INTEGER)

const step = object<Step>({
  kind: word('rule', 'policy', 'judge'),
  where: line,
  text: line,
  verdict: line,
  rule: optional(line),
})

const journey = object<Journey>({
  id: seconds,
  at: seconds,
  packet: line,
  way: line,
  verdict: word('accept', 'drop', 'reject'),
  reason: line,
  mark: uint32,
  connmark: optional(uint32),
  steps: list(step, limits.steps),
  became: optional(line),
  answer: optional(line),
  reply: optional(line),
})

export const scene = object<Scene>({
  uptime: seconds,
  journeys: list(journey, limits.journeys),
  untold: seconds,
  ruleset: list(object<RulesetLine>({ text: line, rule: optional(line) }), limits.ruleset),
  connections: list(
    object<Connection>({
      name: line,
      translated: optional(line),
      state: line,
      timeoutSeconds: seconds,
      mark: uint32,
      packets: line,
    }),
    limits.connections,
  ),
  queues: list(number(0, 0xffff), 64),
  notes: list(object<Note>({ from: word('code', 'kernel'), text: line }), limits.notes),
})
