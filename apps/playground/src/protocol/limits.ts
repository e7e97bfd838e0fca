/** How much is taken from code that may be anyone's. What is more is cut, or refused. */
export const limits = {
  /** Characters of one answer. */
  answer: 4 * 1024 * 1024,
  /** Characters of a line that is shown. */
  line: 2_000,
  /** Packets that are told of in one answer. */
  journeys: 500,
  /** Steps of a packet. */
  steps: 200,
  /** Connections that are shown. */
  connections: 200,
  /** Lines of the rules in nft's language. */
  ruleset: 4_000,
  /** What the code printed, and what went wrong. */
  notes: 50,
  /** Bytes of a capture. */
  capture: 16 * 1024 * 1024,
} as const
