import { type Network, network } from '../protocol/network.ts'
import { list, object, text, word } from '../protocol/shape.ts'

/** Everything that a visitor writes, and a link shares. */
export interface Project {
  readonly rules: {
    /** TypeScript that exports values of `@nfkit/nftables`, or what `nft -j list ruleset` prints. */
    readonly language: 'typescript' | 'listing'
    readonly text: string
  }
  /** TypeScript that exports a handler of `@nfkit/nfqueue`. */
  readonly judge: string
  readonly network: Network
  /** Packets to try; the first is to be sent next. */
  readonly lines: readonly string[]
}

const code = text(64 * 1024)

/** Listings of real machines are long. */
const listing = text(1024 * 1024)

export const project = object<Project>({
  rules: object<Project['rules']>({ language: word('typescript', 'listing'), text: listing }),
  judge: code,
  network,
  lines: list(text(1_000), 32),
})
