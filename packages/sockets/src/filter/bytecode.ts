import { parseNetwork } from '@nfkit/inet'
import { putU16, putU32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { SocketConditions } from './filter.ts'

/** `INET_DIAG_BC_*` (include/uapi/linux/inet_diag.h): what one instruction asks. */
const code = { sourceHost: 7, destinationHost: 8, device: 9, cgroup: 13 } as const
const instruction = 4
/** Any port, in a condition on a host. */
const anyPort = 0xffff_ffff

type Test = readonly [code: number, operand: Uint8Array]

/**
 * The program that decides on each socket in the kernel; empty when there is nothing to decide. A conjunction: what holds goes on with the next
 * instruction, what does not jumps behind the end (inet_diag_bc_run, net/ipv4/inet_diag.c). Ports are asked for in the request's header, not here.
 * Throws `RangeError` for what is no network.
 */
export function bytecode({ local, remote, interface: index, cgroupId }: SocketConditions): Uint8Array {
  const tests: Test[] = []
  if (local !== undefined) tests.push([code.sourceHost, host('local', local)])
  if (remote !== undefined) tests.push([code.destinationHost, host('remote', remote)])
  if (index !== undefined) tests.push([code.device, word(index)])
  if (cgroupId !== undefined) tests.push([code.cgroup, double(cgroupId)])
  const length = tests.reduce((sum, [, operand]) => sum + instruction + operand.length, 0)
  const program = new Uint8Array(length)
  let at = 0
  for (const [number, operand] of tests) {
    const size = instruction + operand.length
    program[at] = number
    program[at + 1] = size
    putU16(program, at + 2, length - at + instruction)
    program.set(operand, at + instruction)
    at += size
  }
  return program
}

/** `struct inet_diag_hostcond`. */
function host(name: string, text: string): Uint8Array {
  const network = parseNetwork(text)
  if (!network) throw new RangeError(`${name}: ${JSON.stringify(text)} is neither an address nor a network`)
  const { address, prefix } = network
  const operand = new Uint8Array(8 + address.length)
  operand[0] = address.length === 4 ? family.ipv4 : family.ipv6
  operand[1] = prefix
  putU32(operand, 4, anyPort)
  operand.set(address, 8)
  return operand
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  putU32(bytes, 0, value)
  return bytes
}

function double(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  putU32(bytes, 0, Number(value & 0xffff_ffffn))
  putU32(bytes, 4, Number(value >> 32n))
  return bytes
}
