import type { Network } from './network.ts'

/** What a kernel is set up with. Code is JavaScript by now. */
export interface Setup {
  readonly rules: { readonly kind: 'code' | 'listing'; readonly text: string }
  /** Nothing: no program reads the queues. */
  readonly judge?: string | undefined
  readonly network: Network
}

/** A connection that two machines make. */
export interface Talk {
  readonly from: string
  /** Address and port. */
  readonly to: string
  /** Bytes the server sends. */
  readonly bytes: number
}

/** What the page asks the sandbox for. */
export type Request =
  | { readonly kind: 'begin'; readonly setup: Setup }
  | { readonly kind: 'send'; readonly line: string }
  | { readonly kind: 'talk'; readonly talk: Talk }
  | { readonly kind: 'replay'; readonly capture: Uint8Array }
  | { readonly kind: 'advance'; readonly seconds: number }

/** What comes of it: a scene, or why there is none. It is written as JSON, and checked by who reads it. */
export type Answer = { readonly scene: unknown } | { readonly failure: unknown }
