import { tcp } from '@nfkit/ip-codec/build'

const flagNames = { F: 'fin', S: 'syn', R: 'rst', P: 'psh', A: 'ack', U: 'urg', E: 'ece', C: 'cwr' } as const

export interface SegmentOptions {
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly window?: number
  readonly payload?: string
  /** As they stand in the header, right or wrong: whole words. */
  readonly options?: Uint8Array
}

/** A TCP segment with any flags, some of `FSRPAUEC`, and any options. */
export function segment(
  from: string,
  to: string,
  flags: string,
  { options, ...more }: SegmentOptions = {},
): Uint8Array {
  const set = Object.fromEntries([...flags].map((flag) => [flagNames[flag as keyof typeof flagNames], true]))
  const raw = options ? [{ kind: 'malformed', data: options } as const] : []
  // The kernel's own answers have a time to live of 64.
  return tcp(`${from} > ${to}`, { ...set, ...more, options: raw, ttl: 61, identification: 1 })
}
