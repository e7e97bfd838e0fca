/** AES-128 as QUIC needs it, answering later: what WebCrypto offers. */
export interface QuicCipher {
  /** One block of 16 bytes, encrypted. */
  block(key: Uint8Array, block: Uint8Array): Promise<Uint8Array> | Uint8Array
  /**
   * What AES-128-GCM sealed: `sealed` ends with the tag of 16 bytes, `nonce` has 12 bytes, and `additional` is authenticated, too. `undefined`
   * when the tag does not fit.
   */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    additional: Uint8Array,
    sealed: Uint8Array,
  ): Promise<Uint8Array | undefined> | Uint8Array | undefined
}

/** The same, answering at once: what `node:crypto` offers. */
export interface SyncQuicCipher extends QuicCipher {
  /** As in `QuicCipher`. */
  block(key: Uint8Array, block: Uint8Array): Uint8Array
  /** As in `QuicCipher`. */
  open(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** A call of a cipher, which whoever has one makes. */
type CipherCall = (cipher: QuicCipher) => Promise<Uint8Array | undefined> | Uint8Array | undefined

/** A computation that waits for a cipher at each `yield`. It runs with ciphers that answer at once and with those that answer later. */
export type Plan<T> = Generator<CipherCall, T, Uint8Array | undefined>

/** Run with a cipher that answers at once. */
export function runNow<T>(plan: Plan<T>, cipher: SyncQuicCipher): T {
  let step = plan.next()
  while (!step.done) step = plan.next(step.value(cipher) as Uint8Array | undefined)
  return step.value
}

/** Run with any cipher. */
export async function run<T>(plan: Plan<T>, cipher: QuicCipher): Promise<T> {
  let step = plan.next()
  while (!step.done) step = plan.next(await step.value(cipher))
  return step.value
}
