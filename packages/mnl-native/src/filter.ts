import type { BpfInstruction } from '@nfkit/netlink-transport'

/** `struct sock_filter[]`. */
export function packed(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * program.length)
  const codes = new Uint16Array(bytes.buffer)
  const operands = new Uint32Array(bytes.buffer)
  program.forEach(({ code, jt, jf, k }, i) => {
    codes[4 * i] = code
    bytes[8 * i + 2] = jt
    bytes[8 * i + 3] = jf
    operands[2 * i + 1] = k
  })
  return bytes
}
