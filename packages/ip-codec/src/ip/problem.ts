/** Why bytes cannot be read as an IP packet, each as a sentence. */
export const ipProblems = {
  version: 'the IP version is neither 4 nor 6',
  truncatedHeader: 'the IP header is cut off',
  headerLength: 'the IPv4 header claims to have fewer than 20 bytes',
  totalLength: 'the IPv4 packet claims to be shorter than its header',
} as const

/** Why bytes are no IP packet: a key of `ipProblems`. */
export type IpProblem = keyof typeof ipProblems
