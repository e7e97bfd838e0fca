/** An answer of DNS for a listed name, whose addresses are listed now. */
export interface NameResolved {
  /** The name that was asked for, in lower case. */
  readonly name: string
  /** Addresses it has, those that were listed already included. */
  readonly addresses: readonly string[]
  /** Who asked. */
  readonly client: string
  /** Who answered. */
  readonly server: string
  /** How long the answer waited, in milliseconds. */
  readonly milliseconds: number
}

/** Why an answer is left to `onFailure`; a sentence each. */
export const unresolvedReasons = {
  malformed: 'it cannot be read',
  addresses: 'it has more addresses than names may have',
  private: 'it has private addresses, and the name is public',
  kernel: 'the kernel does not take its addresses',
} as const

/** A key of `unresolvedReasons`. */
export type UnresolvedReason = keyof typeof unresolvedReasons

/** An answer of DNS whose addresses are not listed. */
export interface NameUnresolved extends Pick<NameResolved, 'client' | 'server'> {
  /** The name that was asked for; `undefined` where the answer cannot be read. */
  readonly name: string | undefined
  /** Why. */
  readonly reason: UnresolvedReason
  /** What was thrown: a `ReadError`, or what the kernel said. */
  readonly error?: unknown
}
