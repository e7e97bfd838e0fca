import { littleEndian } from '@nfkit/netlink-codec'
import { subsystem } from '@nfkit/netlink-codec/nfnetlink'
import type { BpfInstruction } from '@nfkit/netlink-transport'

/** A comparison of a few bytes of an event. */
export interface ByteTest {
  /** Ids of attributes, each inside the one before; empty for the message's headers. */
  readonly path: readonly number[]
  /** Offset in the last attribute's payload, or in the message; 0 by default. */
  readonly at?: number
  readonly size: 1 | 2 | 4
  readonly mask: number
  readonly value: number
  /** What an event without the attribute means; without this, such an event passes. */
  readonly absent?: number
}

/** Classic BPF (include/uapi/linux/bpf_common.h). */
const op = {
  ldw: 0x20,
  ldh: 0x28,
  ldb: 0x30,
  ldwx: 0x40,
  ldhx: 0x48,
  ldbx: 0x50,
  imm: 0x00,
  immx: 0x01,
  tax: 0x07,
  and: 0x54,
  jeq: 0x15,
  ret: 0x06,
}
const absolute = { 1: op.ldb, 2: op.ldh, 4: op.ldw }
const indexed = { 1: op.ldbx, 2: op.ldhx, 4: op.ldwx }
/** Ancillary loads that search attributes from A for type X: SKF_AD_NLATTR, and inside the one at A: SKF_AD_NLATTR_NEST. */
const find = 0xffff_f000 + 12
const findInside = 0xffff_f000 + 16

const attributesAt = 20
const attributeHeader = 4
const subsystemAt = littleEndian ? 5 : 4
const whole = 0xffff_ffff

/** Where a jump goes: on, or to the end of the program. */
type Goal = 'next' | 'end' | 'pass' | 'fail'
interface Step {
  readonly code: number
  readonly k: number
  readonly yes?: Goal
  readonly no?: Goal
}

/**
 * A program that passes events of connections that satisfy every test, and whatever is no event of a connection; `undefined` when
 * there is nothing to test.
 */
export function socketFilter(tests: readonly ByteTest[]): BpfInstruction[] | undefined {
  if (tests.length === 0) return undefined
  const blocks: Step[][] = [
    [
      { code: op.ldb, k: subsystemAt },
      { code: op.jeq, k: subsystem.ctnetlink, no: 'pass' },
    ],
    ...tests.map(block),
  ]
  const steps = blocks.flatMap((steps) => steps.map((step, i) => ({ step, end: steps.length - i - 1 })))
  const program = steps.map(({ step, end }, i) => {
    const jump = (goal: Goal = 'next') =>
      goal === 'next' ? 0 : goal === 'end' ? end : steps.length - i - 1 + (goal === 'pass' ? 0 : 1)
    return { code: step.code, jt: jump(step.yes), jf: jump(step.no), k: step.k }
  })
  return [...program, { code: op.ret, jt: 0, jf: 0, k: whole }, { code: op.ret, jt: 0, jf: 0, k: 0 }]
}

function block({ path, at = 0, size, mask, value, absent }: ByteTest): Step[] {
  const compare: Step[] = [
    { code: op.and, k: mask },
    { code: op.jeq, k: value, no: 'fail' },
  ]
  const [first, ...inside] = path
  if (first === undefined) return [{ code: absolute[size], k: at }, ...compare]
  const missing: Goal = absent === undefined ? 'pass' : (absent & mask) >>> 0 === value ? 'end' : 'fail'
  return [
    { code: op.imm, k: attributesAt },
    { code: op.immx, k: first },
    { code: op.ldw, k: find },
    ...inside.flatMap((id) => [
      { code: op.jeq, k: 0, yes: missing },
      { code: op.immx, k: id },
      { code: op.ldw, k: findInside },
    ]),
    { code: op.jeq, k: 0, yes: missing },
    { code: op.tax, k: 0 },
    { code: indexed[size], k: attributeHeader + at },
    ...compare,
  ]
}
