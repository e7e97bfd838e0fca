import { errno, u16 } from '@nfkit/netlink-codec'
import { code } from './bytecode.ts'

const instruction = 4

/** Bytes of the operand behind each instruction; a condition on a host is as long as its address. */
const operands: { readonly [code: number]: number } = {
  [code.nop]: 0,
  [code.jump]: 0,
  [code.sourceAtLeast]: 4,
  [code.sourceAtMost]: 4,
  [code.destinationAtLeast]: 4,
  [code.destinationAtMost]: 4,
  [code.automatic]: 0,
  [code.sourceHost]: 8,
  [code.destinationHost]: 8,
  [code.device]: 4,
  [code.mark]: 8,
  [code.sourceEqual]: 4,
  [code.destinationEqual]: 4,
  [code.cgroup]: 8,
}

/** Bytes of an address, by family. */
const addresses: { readonly [family: number]: number } = { 0: 0, 2: 4, 10: 16 }

/** What the kernel says of a program before it runs one (inet_diag_bc_audit, net/ipv4/inet_diag.c): 0, EINVAL or EPERM. */
export function audit(program: Uint8Array, privileged: boolean): number {
  let at = 0
  while (at < program.length) {
    const left = program.length - at
    const size = sizeAt(program, at)
    if (size === undefined || left < size) return errno.EINVAL
    if (program[at] === code.mark && !privileged) return errno.EPERM
    const [yes, no] = [program[at + 1]!, u16(program, at + 2)]
    const isStep = (step: number) => step >= size && step <= left + instruction && step % 4 === 0
    if (program[at] !== code.nop && !(isStep(no) && (no >= left || isReached(program, at + no)))) return errno.EINVAL
    if (!isStep(yes)) return errno.EINVAL
    at += yes
  }
  return at === program.length ? 0 : errno.EINVAL
}

/** Bytes of an instruction with its operand; `undefined` for none. */
function sizeAt(program: Uint8Array, at: number): number | undefined {
  const operand = operands[program[at]!]
  if (operand === undefined || program.length < at + instruction + operand) return undefined
  const isHost = program[at] === code.sourceHost || program[at] === code.destinationHost
  if (!isHost) return instruction + operand
  const address = addresses[program[at + 4]!]
  return address === undefined || program[at + 5]! > 8 * address ? undefined : instruction + operand + address
}

/** Whether an instruction is at this place, as those in front of it lead from one to the next. */
function isReached(program: Uint8Array, place: number): boolean {
  let at = 0
  while (at < place) {
    const yes = program[at + 1]!
    if (yes < instruction || yes % 4 !== 0) return false
    at += yes
  }
  return at === place
}
