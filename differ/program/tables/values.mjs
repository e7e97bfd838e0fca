/** Values of expressions, as programs write them down: bytes in hex, numbers in host or network order. */

export const hex = (text) => ({ value: { hex: text } })
const digits = (value, bytes) => value.toString(16).padStart(2 * bytes, '0')
/** A number as packets have it. */
export const net = (value, bytes) => hex(digits(value, bytes))
/** A number as registers have it, on a little-endian host. */
export const host = (value, bytes = 4) => hex(digits(value, bytes).match(/../g).toReversed().join(''))

/** The name of an interface as registers have it, or how it begins. */
export const interfaceName = (text, bytes = 16) =>
  hex(
    Buffer.from(text)
      .toString('hex')
      .padEnd(2 * bytes, '0'),
  )

export const expression = (name, data) => ({ name, data })
export const load = {
  meta: (key, dreg = 1) => expression('meta', { dreg, key }),
  ct: (key, direction, dreg = 1) => expression('ct', { dreg, key, ...(direction && { direction }) }),
  payload: (base, offset, len, dreg = 1) => expression('payload', { dreg, base, offset, len }),
  constant: (data, dreg = 1) => expression('immediate', { dreg, data }),
}
export const cmp = (op, data, sreg = 1) => expression('cmp', { sreg, op, data })
export const masked = (mask, xor, len = 4, reg = 1) =>
  expression('bitwise', { sreg: reg, dreg: reg, len, mask, xor, op: 'maskXor' })
export const verdict = (code, chain) =>
  expression('immediate', { dreg: 0, data: { verdict: { code, ...(chain && { chain }) } } })

export const addresses = {
  4: ['0a010001', '0a010002', '0a020009', '0a020001', '0a030009'],
  6: ['fd00', 'fd02', 'fd03'].flatMap((net) => ['1', '2', '9'].map((last) => `${net}${last.padStart(28, '0')}`)),
}
export const ports = [1000, 1001, 69, 80, 7007, 7008]
export const marks = [0, 1, 2, 3, 0x10, 0x17]

export const [create, append] = [0x400, 0x800]
export const families = { inet: 1, ip: 2, ip6: 10 }
export const hooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 }

/** Messages about one table. */
export const about =
  (family, table) =>
  (kind, value, flags = create) => ({ kind, family, flags, value: { table, ...value } })
