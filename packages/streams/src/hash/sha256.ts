import { putBe32 } from '@nfkit/inet/bytes'

/** The SHA-256 of bytes: 32 bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array

const primes: number[] = []
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)

/** The first 32 bits behind the point. */
const fraction = (x: number): number => ((x - Math.floor(x)) * 2 ** 32) | 0

const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))

/** The state before any byte: FIPS 180-4, 5.3.3. */
export const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

const words = new Int32Array(64)

/** Take the 64 bytes at `p` into the state: FIPS 180-4, 6.2.2. */
export function compress(state: Int32Array, bytes: Uint8Array, p: number): void {
  const w = words
  for (let i = 0, at = p; i < 16; i++, at += 4)
    w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!
    const y = w[i - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + w[i]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
  state[5] = state[5]! + f
  state[6] = state[6]! + g
  state[7] = state[7]! + h
}

// One digest at a time: its memory is used again. A typed array of more than 64 bytes costs more than a block to hash.
const state = new Int32Array(8)
const tail = new Uint8Array(128)

/** The digest of `before` bytes, a multiple of 64 that `start` has taken in, and these behind them. */
export function digest(start: Int32Array, bytes: Uint8Array, before: number): Uint8Array {
  state.set(start)
  const whole = bytes.length & ~63
  for (let p = 0; p < whole; p += 64) compress(state, bytes, p)
  const rest = bytes.length - whole
  const size = rest < 56 ? 64 : 128
  for (let i = 0; i < rest; i++) tail[i] = bytes[whole + i]!
  tail[rest] = 0x80
  tail.fill(0, rest + 1, size)
  putBe32(tail, size - 8, Math.floor((before + bytes.length) / 2 ** 29))
  putBe32(tail, size - 4, (before + bytes.length) * 8)
  for (let p = 0; p < size; p += 64) compress(state, tail, p)
  const out = new Uint8Array(32)
  for (let i = 0; i < 8; i++) putBe32(out, 4 * i, state[i]!)
  return out
}

/** SHA-256 in plain JavaScript: for short texts as fast as a call into a native library. */
export const sha256: Hash = (bytes) => digest(initial, bytes, 0)
